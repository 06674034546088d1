import { el } from './dom';
import type { Content } from './dom';
import { isRight, scoreOf } from './example_filter';
import type { Filter } from './example_filter';
import { mark } from './example_view';
import { linkTo } from './links';
import type { Example, ExampleIndex } from './model';
import { excerpt, visible } from './shown_text';

/** A page of the list of examples. */
export interface Listed {
  dataset: string;
  index: ExampleIndex;
  rows: number[];
  /** Of the rows, in their order. */
  examples: Example[];
  filter: Filter;
  opened: number | null;
  name(place: number): string;
}

export function exampleList(page: Listed): HTMLElement {
  const { filter, index } = page;
  const answer = (example: Example, place: number, row: number): Content => [
    mark(isRight(scoreOf(index, place, row), filter)),
    ' ',
    el('span', { dir: 'auto' }, excerpt(example.cells[place]?.answer, 40)),
  ];
  const row = (example: Example, number: number) =>
    el(
      'tr',
      { 'aria-current': number === page.opened ? 'true' : undefined },
      el('th', { scope: 'row' }, el('a', { href: linkTo(page.dataset, example.id) }, visible(example.id))),
      el('td', { class: 'l wide', dir: 'auto' }, excerpt(example.input, 90)),
      el('td', { class: 'l', dir: 'auto' }, excerpt(example.target, 40)),
      el('td', { class: 'l' }, answer(example, filter.a, number)),
      el('td', { class: 'l' }, answer(example, filter.b, number)),
      el('td', {}, index.distinct[number] ?? ''),
    );
  const head = [
    'example',
    'input',
    'target',
    `A: ${page.name(filter.a)}`,
    `B: ${page.name(filter.b)}`,
    'different answers',
  ];
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'List of examples' },
    el(
      'table',
      { class: 'list' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          head.map((text, i) => el('th', { scope: 'col', class: i < head.length - 1 ? 'l' : undefined }, text)),
        ),
      ),
      el(
        'tbody',
        {},
        page.examples.map((example, i) => row(example, page.rows[i] ?? -1)),
      ),
    ),
  );
}

export function pager(page: number, pages: number, go: (page: number) => void): HTMLElement {
  const button = (text: string, to: number, off: boolean) =>
    el('button', { type: 'button', class: 'action', disabled: off, click: () => go(to) }, text);
  return el(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of examples' },
    button('First', 0, page === 0),
    button('Previous', page - 1, page === 0),
    button('Next', page + 1, page >= pages - 1),
    button('Last', pages - 1, page >= pages - 1),
  );
}
