/** An element of a definition. Text is what stands directly in it, trimmed. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const LENGTH_MAX = 4 * 1024 * 1024
const DEPTH_MAX = 64
const ENTITIES: ReadonlyMap<string, string> = new Map([['lt', '<'], ['gt', '>'], ['amp', '&'], ['quot', '"'], ['apos', '\'']])
const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([A-Za-z_][\w:.-]*)\s*>|<([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y
const ATTRIBUTE = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

interface Building {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

/**
 * Reads the XML that libvirt writes. Throws on anything else: document types and entities of their own are refused, so that
 * nothing outside is ever read and nothing grows; so are more than 64 levels or 4 MiB.
 */
export function parseXml(text: string): XmlElement {
  if (text.length > LENGTH_MAX) throw new Error(`a definition of ${text.length} characters: at most ${LENGTH_MAX} are read`)
  const root: Building = { name: '', attributes: new Map(), children: [], text: '' }
  const open: Building[] = [root]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(text)
    if (token === null) throw new Error(`not understood at character ${at}: ${JSON.stringify(text.slice(at, at + 40))}`)
    take(open, token)
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is not closed`)
  if (root.children.length !== 1 || root.text.trim() !== '') throw new Error('expected one element that holds everything')
  return root.children[0]!
}

function take(open: Building[], [, verbatim, closed, opened, attributes, empty, plain]: RegExpExecArray): void {
  const top = open.at(-1)!
  if (verbatim !== undefined) top.text += verbatim
  else if (plain !== undefined) top.text += decoded(plain)
  else if (closed !== undefined) {
    if (open.length < 2 || top.name !== closed) throw new Error(`</${closed}> closes <${top.name}>`)
    open.pop()
    open.at(-1)!.children.push({ ...top, text: top.text.trim() })
  } else if (opened !== undefined) {
    if (open.length > DEPTH_MAX) throw new Error(`elements are ${open.length} deep: at most ${DEPTH_MAX} are read`)
    const element: Building = { name: opened, attributes: attributesOf(attributes ?? ''), children: [], text: '' }
    if (empty === '/') top.children.push(element)
    else open.push(element)
  }
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    if (found.has(name!)) throw new Error(`${name!} is given twice`)
    found.set(name!, decoded(double ?? single ?? ''))
  }
  return found
}

const decoded = (text: string): string =>
  text.replace(/&(#x[0-9A-Fa-f]{1,6}|#\d{1,7}|\w+)?;?/g, (whole, name: string | undefined) => {
    const known = ENTITIES.get(name ?? '')
    if (known !== undefined && whole.endsWith(';')) return known
    const code = name?.startsWith('#x') ? parseInt(name.slice(2), 16) : name?.startsWith('#') ? Number(name.slice(1)) : NaN
    if (!whole.endsWith(';') || !(code >= 9 && code <= 0x10ffff)) throw new Error(`${JSON.stringify(whole.slice(0, 40))} is no entity that is known`)
    return String.fromCodePoint(code)
  })

/** The elements at a path below this one. */
export const at = (element: XmlElement, ...path: readonly string[]): readonly XmlElement[] =>
  path.reduce<readonly XmlElement[]>((found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)), [element])

export const first = (element: XmlElement, ...path: readonly string[]): XmlElement | null => at(element, ...path)[0] ?? null
