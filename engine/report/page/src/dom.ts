/** What may stand inside an element. Text always becomes a text node: nothing here reads markup. */
export type Content = Node | string | number | null | undefined | Content[];

type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** Adds `content` to `parent`, in order; what is null or undefined is left out. */
export function add(parent: Node, ...content: Content[]): void {
  for (const one of content) {
    if (Array.isArray(one)) {
      add(parent, ...one);
    } else if (one instanceof Node) {
      parent.appendChild(one);
    } else if (one !== null && one !== undefined) {
      parent.appendChild(document.createTextNode(String(one)));
    }
  }
}

function describe(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(name, value);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
}

/** An element. Attributes that are functions listen to the event of their name; false and undefined ones are left out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...content: Content[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  describe(element, attributes);
  add(element, ...content);
  return element;
}

/** An element of a drawing. */
export function svg(tag: string, attributes: Attributes = {}, ...content: Content[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  describe(element, attributes);
  add(element, ...content);
  return element;
}

export function replace(parent: Element, ...content: Content[]): void {
  parent.replaceChildren();
  add(parent, ...content);
}

/** A sentence of the report, whose names stand between backticks. */
export function sentence(text: string): Content[] {
  return text.split('`').map((part, place) => (place % 2 === 0 ? part : el('code', {}, part)));
}

let ids = 0;

/** An id that no other element of the page has. */
export function freshId(prefix: string): string {
  ids += 1;
  return `${prefix}-${ids}`;
}

/** A labelled choice; `changed` is told the chosen value. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string,
  changed: (value: string) => void,
): HTMLElement {
  const select = el('select', { change: () => changed(select.value) });
  for (const [value, text] of options) {
    const option = el('option', { value }, text);
    option.selected = value === chosen;
    select.append(option);
  }
  return el('label', { class: 'control' }, el('span', {}, label), select);
}
