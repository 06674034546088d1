import type { Context } from './context';
import { cheapestTied, statedVolume, totalOf, wayOf } from './costing';
import { hasResult, valueOf } from './data';
import { el, freshId, replace, sentence } from './dom';
import type { Content } from './dom';
import {
  differenceUnit,
  dollars,
  interval,
  isBetter,
  isKnown,
  milliseconds,
  number,
  pText,
  seconds,
  signed,
  signedInterval,
  unitOf,
  whole,
} from './format';
import type { Dataset, Group, Output, Report } from './model';
import { ofDifference, ofKpi, ofValue, sourced } from './source';

const ANSWER_SENTENCES = 2;
const TOTAL =
  'What was spent once (adapt_dollars), and a request’s cost for each; assay cost prints it for other prices.';

export function familyTag(group: Group): HTMLElement {
  return el('span', { class: `tag ${group.family}` }, group.family);
}

function tile(title: string, main: Content, ...more: Content[]): HTMLElement {
  return el(
    'div',
    { class: 'tile' },
    el('h3', {}, title),
    el('p', { class: 'main' }, main),
    more.map((one) => el('p', { class: 'more' }, one)),
  );
}

/** How sure the answer is, in words. */
function confidence({ report, dataset, chosen }: Context): [main: string, more: string] {
  const level = `${Math.round(report.confidence * 1000) / 10} %`;
  if (!chosen) return ['no answer', 'no cell has a result'];
  const tied = dataset.groups.filter((group) => group.rank === chosen.rank).length;
  const ranked = dataset.groups.filter(hasResult).length;
  const basis = `intervals of ${level}; tests in pairs on ${whole(dataset.examples)} examples, corrected for their number`;
  if (ranked === 1) return ['nothing to compare with', 'only one cell has a result'];
  if (!dataset.recommendation.decided) return ['not decided', `no cell is shown to be better than another: ${basis}`];
  if (chosen.rank === 1 && tied === 1) return ['shown', `better than each of the ${ranked - 1} others: ${basis}`];
  if (chosen.rank === 1)
    return [`tied with ${tied - 1}`, `in the best tier of ${ranked} cells, and chosen there by its cost: ${basis}`];
  return ['shown, within limits', `better cells break a constraint or were not affordable: ${basis}`];
}

function quality(context: Context, group: Group): HTMLElement {
  const { report, primary } = context;
  const value = valueOf(group, primary.name);
  return tile(
    `Quality: ${primary.name}`,
    value ? [sourced(ofValue(report, group, primary), number(primary, value.value)), ` ${unitOf(primary)}`] : '–',
    value ? interval(primary, value.low, value.high) || 'no interval: it cannot be told from these data' : null,
    value && isKnown(value.seed_sd)
      ? `${value.by_seed.length} seeds, standard deviation ${number(primary, value.seed_sd)}`
      : `${group.seeds.length} seed${group.seeds.length === 1 ? '' : 's'}${group.distinct_results === 1 && group.seeds.length > 1 ? ', none of which matters' : ''}`,
  );
}

function gain(context: Context, group: Group): HTMLElement | null {
  const { report, dataset, primary, baseline } = context;
  if (!baseline || baseline === group) return null;
  const difference = valueOf(group, primary.name)?.versus_baseline;
  if (!difference || difference.difference === null) return null;
  const shown = difference.shown
    ? isBetter(primary, difference.difference)
      ? '▲ shown to be better'
      : '▼ shown to be worse'
    : 'not shown to differ';
  return tile(
    'Gain over the baseline',
    [
      sourced(
        ofDifference(report, dataset, primary, group.group, baseline.group),
        signed(primary, difference.difference),
      ),
      ` ${differenceUnit(primary)}`,
    ],
    signedInterval(primary, difference.low, difference.high),
    [shown, ` (${pText(difference)}); baseline `, el('code', {}, baseline.label)],
  );
}

function latency({ report }: Context, group: Group): HTMLElement | null {
  const measured = group.costs.latency_p95_ms;
  const limit = report.constraints.latency_p95_ms;
  if (measured === null && limit === null) return null;
  const verdict =
    limit === null
      ? 'the experiment sets no limit'
      : measured === null
        ? `limit ${milliseconds(limit)}: not judged, latency was not measured`
        : `${measured <= limit ? 'within' : 'over'} the limit of ${milliseconds(limit)}`;
  return tile(
    'Latency, 95th percentile',
    sourced(ofKpi(report, group, 'latency.p95', 'latency'), milliseconds(measured)),
    verdict,
  );
}

function training({ report, dataset }: Context, group: Group): HTMLElement {
  const { adapt_seconds: time, adapt_dollars: price, trained_parameters: parameters } = group.costs;
  const trains = isKnown(parameters) && parameters > 0;
  if (!trains && !isKnown(time)) return tile('Training', 'none', 'this way only prompts');
  const once = wayOf(report, dataset, group)?.once ?? price;
  return tile(
    trains ? 'Training' : 'Preparing prompts',
    sourced(ofKpi(report, group, 'adapt_seconds'), seconds(time)),
    isKnown(once) ? [sourced(ofKpi(report, group, 'adapt_dollars'), dollars(once)), ', once'] : 'no price is known',
    trains ? `${whole(parameters)} parameters; mean over seeds, trials included` : null,
  );
}

/** The cost of the stated volume, and whether another tied cell would be cheaper there. */
function cost(context: Context, group: Group): HTMLElement {
  const { report, dataset } = context;
  const way = wayOf(report, dataset, group);
  const main = el('p', { class: 'main', 'aria-live': 'polite' });
  const more = el('div', { class: 'more', 'aria-live': 'polite' });
  const id = freshId('volume');
  const show = () => {
    const requests = Number(input.value);
    if (!(requests > 0)) return replace(more, 'Type how many requests there are.');
    const total = way ? totalOf(report, way, requests) : null;
    replace(main, way ? sourced({ ...ofKpi(report, group, 'cost', 'cost'), note: TOTAL }, dollars(total)) : '–');
    if (!way || total === null) {
      return replace(more, el('p', {}, 'Not known: the model has no price in this experiment.'));
    }
    const low = totalOf(report, way, requests, way.low);
    const high = totalOf(report, way, requests, way.high);
    const cheapest = cheapestTied(report, dataset, group, requests);
    replace(
      more,
      el(
        'p',
        {},
        isKnown(low) && isKnown(high) && low !== high ? `[${dollars(low)}, ${dollars(high)}]; ` : '',
        `training ${dollars(way.once)} included`,
      ),
      cheapest && cheapest !== group && group.violations.length === 0
        ? el(
            'p',
            {},
            'At this volume ',
            el('code', {}, cheapest.label),
            `, which is tied with it, costs less: ${totalText(report, dataset, cheapest, requests)}.`,
          )
        : el('p', {}, 'No cell that is tied with it costs less at this volume.'),
    );
  };
  const input = el('input', {
    id,
    type: 'number',
    min: 1,
    step: 'any',
    inputmode: 'numeric',
    value: statedVolume(report),
    input: show,
  });
  show();
  return el(
    'div',
    { class: 'tile' },
    el('h3', {}, el('label', { for: id }, 'Cost of '), input, ' requests a month'),
    main,
    more,
  );
}

function totalText(report: Report, dataset: Dataset, group: Group, requests: number): string {
  const way = wayOf(report, dataset, group);
  return dollars(way ? totalOf(report, way, requests) : null);
}

/** The chosen cell against each other way, in words. */
function others(context: Context, group: Group): HTMLElement | null {
  const { report, dataset, primary } = context;
  const items: Content[] = [];
  for (const other of dataset.groups) {
    const pair = dataset.pairs.find(
      (one) =>
        one.name === primary.name &&
        ((one.a === group.group && one.b === other.group) || (one.b === group.group && one.a === other.group)),
    );
    if (other === group || !pair || pair.difference === null) continue;
    const turn = pair.a === group.group ? 1 : -1;
    const [low, high] = turn === 1 ? [pair.low, pair.high] : [negated(pair.high), negated(pair.low)];
    const by = pair.difference * turn;
    const verdict = !pair.shown
      ? 'not shown to differ'
      : isBetter(primary, by)
        ? '▲ real: shown to be better'
        : '▼ shown to be worse';
    items.push(
      el(
        'li',
        {},
        el('code', {}, other.label),
        ': ',
        sourced(ofDifference(report, dataset, primary, pair.a, pair.b), signed(primary, by)),
        ` ${differenceUnit(primary)} `,
        el('span', { class: 'ci' }, signedInterval(primary, low, high)),
        ` – ${verdict} (${pText(pair)})`,
      ),
    );
  }
  return items.length === 0
    ? null
    : el(
        'details',
        { open: items.length <= 12 },
        el('summary', {}, 'Is the gain real? The chosen cell against each other'),
        el('ul', {}, items),
      );
}

const negated = (x: number | null) => (x === null ? null : -x);

/** Whether no test example could be better, for any seed. */
function isFlawless(group: Group, primary: Output): boolean {
  return primary.share && valueOf(group, primary.name)?.value === (primary.higher_is_better ? 1 : 0);
}

function failing({ dataset, primary, chosen, examples, showFailures }: Context): HTMLElement | null {
  if (!chosen) return null;
  const slices: Content[] = [];
  for (const table of dataset.slices) {
    const values = table.groups
      .find((one) => one.group === chosen.group)
      ?.values.find((one) => one.name === primary.name);
    const worst = values && values.worst !== null ? values.slices[values.worst] : undefined;
    const name = values && values.worst !== null ? table.slices[values.worst]?.name : undefined;
    if (worst && name !== undefined) {
      slices.push(
        el(
          'p',
          { class: 'more' },
          `worst ${table.by}: `,
          el('code', {}, name),
          ` ${number(primary, worst.value)} ${interval(primary, worst.low, worst.high)}`,
        ),
      );
    }
  }
  if (!examples && slices.length === 0) return null;
  const flawless = isFlawless(chosen, primary);
  return el(
    'div',
    { class: 'tile' },
    el('h3', {}, 'Where it fails'),
    flawless ? el('p', {}, `On none of the ${primary.examples.toLocaleString('en')} test examples.`) : null,
    examples
      ? el(
          'p',
          {},
          el(
            'button',
            { type: 'button', class: 'action', click: showFailures },
            flawless ? 'See its answers' : 'See what it gets wrong',
          ),
        )
      : null,
    slices,
  );
}

/** The decision on one dataset. */
export function answer(context: Context): HTMLElement {
  const { dataset, chosen } = context;
  const { sentences, text } = dataset.recommendation;
  const all = sentences?.length ? sentences : [text];
  const [sure, why] = confidence(context);
  return el(
    'article',
    { class: `answer ${chosen?.family ?? ''}` },
    el('p', { class: 'question' }, 'Fine-tune, prompt, or both, for ', el('code', {}, dataset.name), '?'),
    el(
      'p',
      { class: 'decision' },
      all.slice(0, ANSWER_SENTENCES).map((one) => [sentence(one), ' ']),
    ),
    el(
      'div',
      { class: 'tiles' },
      chosen ? tile('Chosen cell', el('code', {}, chosen.label), [familyTag(chosen), ` on ${chosen.model}`]) : null,
      tile('Confidence', sure, why),
      chosen
        ? [
            quality(context, chosen),
            gain(context, chosen),
            cost(context, chosen),
            latency(context, chosen),
            training(context, chosen),
            failing(context),
          ]
        : null,
    ),
    chosen?.violations.map((one) => el('p', { class: 'alert' }, one)),
    chosen?.unjudged_constraints.map((one) => el('p', { class: 'alert' }, `Not judged: ${one}`)),
    all.length > ANSWER_SENTENCES
      ? [
          el('h3', {}, 'Why, and what would change it'),
          el(
            'ul',
            { class: 'reasons' },
            all.slice(ANSWER_SENTENCES).map((one) => el('li', {}, sentence(one))),
          ),
        ]
      : null,
    chosen ? others(context, chosen) : null,
  );
}

/** The answers on the datasets that are not open, each of which opens its own. */
export function otherAnswers(report: Report, open: Dataset, choose: (dataset: Dataset) => void): HTMLElement | null {
  const rest = report.datasets.filter((one) => one !== open);
  if (rest.length === 0) return null;
  return el(
    'div',
    { class: 'cards' },
    rest.map((dataset) =>
      el(
        'article',
        { class: `card ${dataset.groups.find((one) => one.group === dataset.recommendation.group)?.family ?? ''}` },
        el('h3', {}, dataset.name),
        (dataset.recommendation.sentences ?? [dataset.recommendation.text])
          .slice(0, ANSWER_SENTENCES)
          .map((one) => el('p', {}, sentence(one))),
        el(
          'p',
          {},
          el('button', { type: 'button', class: 'action', click: () => choose(dataset) }, `Open ${dataset.name}`),
        ),
      ),
    ),
  );
}
