import { el } from './dom';
import type { Content } from './dom';
import type { Dataset, Group, Output, Report } from './model';

/** Where a number comes from: the row of results/assay.sqlite that holds it, and a command that prints it. */
export interface Source {
  sql: string;
  command: string;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** For a shell; ids and names of outputs seldom need it. */
const word = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function showing(report: Report, group: Group, rest: string): string {
  const cells = group.cells.map((cell) => `assay show ${cell}${rest} --run ${report.run.id}`);
  return cells.length === 1 ? (cells[0] ?? '') : `${cells[0]}  (and ${cells.length - 1} more, one a seed)`;
}

/** A group's value of an output: the mean over its seeds. */
export function ofValue(report: Report, group: Group, output: Output): Source {
  return {
    sql:
      `SELECT value, low, high, seed_sd FROM cell_groups WHERE run=${report.run.id} AND cell_group=${quoted(group.group)} ` +
      `AND metric=${quoted(output.metric)} AND name=${quoted(output.name)}`,
    command: showing(report, group, ` --metric ${word(output.name)}`),
  };
}

/** A number that the engine counted or a metric gave, by cell: `metric` is '' for what the engine counts. */
export function ofKpi(report: Report, group: Group, name: string, metric = ''): Source {
  return {
    sql:
      `SELECT cell, value, unit FROM kpi WHERE run=${report.run.id} AND cell IN (${group.cells.map(quoted).join(', ')}) ` +
      `AND metric=${quoted(metric)} AND name=${quoted(name)}`,
    command: showing(report, group, ` --metric ${word(name)}`),
  };
}

/** A paired difference, value(a) - value(b). */
export function ofDifference(report: Report, dataset: Dataset, output: Output, a: string, b: string): Source {
  const group = dataset.groups.find((one) => one.group === a);
  return {
    sql:
      `SELECT difference, low, high, p_value FROM comparisons WHERE run=${report.run.id} AND dataset=${quoted(dataset.name)} ` +
      `AND metric=${quoted(output.metric)} AND name=${quoted(output.name)} AND cell_group=${quoted(a)} AND baseline=${quoted(b)}`,
    command: group ? showing(report, group, ` --metric ${word(output.name)}`) : '',
  };
}

let panel: HTMLElement | undefined;
let shownFor: Element | undefined;

function hide(): void {
  panel?.setAttribute('hidden', '');
  shownFor?.removeAttribute('aria-describedby');
  shownFor = undefined;
}

function reveal(button: HTMLElement, source: Source): void {
  if (!panel) {
    panel = el('div', { class: 'source', id: 'source-of-number', role: 'tooltip' });
    document.body.append(panel);
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') hide();
    });
  }
  hide();
  panel.replaceChildren(
    el('p', {}, 'In results/assay.sqlite'),
    el('code', {}, source.sql),
    el('p', {}, 'On the command line'),
    el('code', {}, source.command),
  );
  panel.removeAttribute('hidden');
  button.setAttribute('aria-describedby', panel.id);
  shownFor = button;
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - panel.offsetWidth - 8));
  panel.style.left = `${left + window.scrollX}px`;
  panel.style.top = `${at.bottom + window.scrollY + 4}px`;
}

const HOVER_MS = 350;

/** A number that tells where it comes from when it is focused, pressed or rested upon. */
export function sourced(source: Source, ...content: Content[]): HTMLElement {
  let waiting = 0;
  const button = el('button', { type: 'button', class: 'sourced' }, ...content);
  const open = () => reveal(button, source);
  button.addEventListener('click', open);
  button.addEventListener('focus', open);
  button.addEventListener('blur', hide);
  button.addEventListener('mouseenter', () => {
    waiting = window.setTimeout(open, HOVER_MS);
  });
  button.addEventListener('mouseleave', (event) => {
    window.clearTimeout(waiting);
    if (document.activeElement !== button && event.relatedTarget !== panel) hide();
  });
  return button;
}
