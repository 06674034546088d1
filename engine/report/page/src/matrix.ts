import { hasResult, outputOf, valueOf } from './data';
import { choice, el, labelled, replace } from './dom';
import { differenceUnit, interval, number, titleOf } from './format';
import { against, columnsFor, scaleOf, sorted } from './matrix_columns';
import type { Column, Line } from './matrix_columns';
import type { Report } from './model';
import { ofValue, sourced } from './source';

/** Strategies down, models and datasets across. */
function grid(report: Report, lines: Line[]): HTMLElement {
  const columns = [...new Set(lines.map((line) => `${line.dataset.name} · ${line.group.model}`))];
  const at = new Map(lines.map((line) => [`${line.group.label}\n${line.dataset.name} · ${line.group.model}`, line]));
  const cell = (line: Line | undefined) => {
    if (!line?.output || !line.value || line.value.value === null) return el('td', {}, line ? 'no result' : '');
    const chosen = line.group.group === line.dataset.recommendation.group;
    return el(
      'td',
      { class: chosen ? 'chosen' : undefined },
      el('b', {}, sourced(ofValue(report, line.group, line.output), number(line.output, line.value.value))),
      el('span', { class: 'ci' }, ` ${interval(line.output, line.value.low, line.value.high)}`),
      el('br'),
      against(report, line),
    );
  };
  return el(
    'table',
    {},
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', { scope: 'col', class: 'l' }, 'strategy'),
        columns.map((name) => el('th', { scope: 'col' }, name)),
      ),
    ),
    el(
      'tbody',
      {},
      [...new Set(lines.map((line) => line.group.label))].map((name) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, el('code', {}, name)),
          columns.map((column) => cell(at.get(`${name}\n${column}`))),
        ),
      ),
    ),
  );
}

type Shape = 'list' | 'grid';

/** Everything that was measured: strategy × model × dataset, sorted and filtered as the reader likes. */
class Matrix {
  private readonly place = el('div', { class: 'scroll matrix', tabindex: 0, role: 'region', 'aria-label': 'Matrix' });
  private readonly said = el('p', { class: 'note', role: 'status' });
  private readonly metrics: string[];
  private metric: string;
  private shape: Shape = 'list';
  private filter = '';
  private order = { id: '', descending: false };

  constructor(private readonly report: Report) {
    this.metrics = [...new Set(report.datasets.flatMap((dataset) => dataset.outputs.map((output) => output.name)))];
    this.metric = report.datasets[0]?.primary ?? this.metrics[0] ?? '';
    this.show();
  }

  section(): HTMLElement {
    const filter = el('input', {
      type: 'search',
      placeholder: 'few_shot, hybrid, …',
      input: () => {
        this.filter = filter.value.trim().toLowerCase();
        this.show();
      },
    });
    const shapes = [
      ['list', 'a list'],
      ['grid', 'strategy × model × dataset'],
    ] as const;
    return el(
      'section',
      { id: 'matrix', 'aria-labelledby': 'matrix-title' },
      el('h2', { id: 'matrix-title' }, 'Everything measured'),
      el(
        'div',
        { class: 'controls' },
        choice(
          'Metric',
          this.metrics.map((name) => [name, name] as const),
          this.metric,
          (name) => {
            this.metric = name;
            this.show();
          },
        ),
        choice('As', shapes, this.shape, (name) => {
          this.shape = name as Shape;
          this.show();
        }),
        labelled('Filter', filter),
      ),
      this.place,
      this.said,
    );
  }

  private lines(): Line[] {
    return this.report.datasets.flatMap((dataset) =>
      dataset.groups.map((group) => ({
        dataset,
        group,
        output: outputOf(dataset, this.metric),
        value: valueOf(group, this.metric),
      })),
    );
  }

  private isWanted({ dataset, group }: Line): boolean {
    const text = `${dataset.name} ${group.model} ${group.label} ${group.family} ${group.cells.join(' ')}`.toLowerCase();
    return this.filter.split(/\s+/).every((word) => text.includes(word));
  }

  private show(): void {
    const all = this.lines();
    const lines = all.filter((line) => this.isWanted(line));
    replace(this.place, this.shape === 'grid' ? grid(this.report, lines) : this.list(all, lines));
    const output = all.find((line) => line.output)?.output;
    const what = output
      ? `${titleOf(output)}: ${output.higher_is_better ? 'higher' : 'lower'} is better, differences in ${differenceUnit(output) || 'its unit'}. `
      : '';
    this.said.textContent =
      `${lines.length} of ${all.length} rows; ${what}Bars are intervals, rings are seeds, the dashed line is the baseline. ` +
      'Heavy lines part tiers: within one, no cell is shown to differ from its best.';
  }

  private list(all: Line[], lines: Line[]): HTMLElement {
    const output = all.find((line) => line.output)?.output;
    const scales = new Map(
      this.report.datasets.map((dataset) => [
        dataset,
        scaleOf(output?.share ? all : all.filter((line) => line.dataset === dataset)),
      ]),
    );
    const title = output ? titleOf(output) : this.metric;
    const columns = columnsFor(this.report, all, title, (line) => scales.get(line.dataset) ?? { low: 0, high: 1 });
    const by = columns.find((column) => column.id === this.order.id);
    const shown = by ? sorted(lines, by, this.order.descending) : lines;
    return el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          columns.map((column) => this.head(column)),
        ),
      ),
      el(
        'tbody',
        {},
        shown.map((line, i) => this.row(line, by ? undefined : shown[i - 1], columns)),
      ),
    );
  }

  private head(column: Column): HTMLElement {
    const isSorted = this.order.id === column.id;
    const { descending } = this.order;
    return el(
      'th',
      {
        scope: 'col',
        class: column.text ? 'l' : undefined,
        title: column.hint,
        'data-column': column.id,
        'aria-sort': isSorted ? (descending ? 'descending' : 'ascending') : 'none',
      },
      el(
        'button',
        { type: 'button', class: 'sort', click: () => this.sortBy(column) },
        column.title,
        el('span', { 'aria-hidden': 'true' }, isSorted ? (descending ? ' ↓' : ' ↑') : ''),
      ),
    );
  }

  private sortBy(column: Column): void {
    const again = this.order.id === column.id;
    this.order = { id: column.id, descending: again ? !this.order.descending : column.largeFirst === true };
    this.show();
    this.place.querySelector<HTMLElement>(`th[data-column="${column.id}"] button`)?.focus();
  }

  /** `before` is the line above where lines stand as they are ranked. */
  private row(line: Line, before: Line | undefined, columns: Column[]): HTMLElement {
    const isNewTier = before && (before.dataset !== line.dataset || before.group.rank !== line.group.rank);
    const classes = [
      line.group.group === line.dataset.recommendation.group && 'chosen',
      !hasResult(line.group) && 'failed',
      isNewTier && 'tier',
    ].filter(Boolean);
    return el(
      'tr',
      { class: classes.join(' ') || undefined, 'data-group': line.group.group },
      columns.map((column) =>
        column.id === 'cell'
          ? el('th', { scope: 'row' }, column.cell(line))
          : el('td', { class: column.text ? 'l' : undefined }, column.cell(line)),
      ),
    );
  }
}

export function matrix(report: Report): HTMLElement {
  return new Matrix(report).section();
}
