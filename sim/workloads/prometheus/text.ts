import type { IssueList } from '../reading/issueList.ts'
import { eachBlock } from '../reading/lines.ts'
import { quoted } from '../reading/names.ts'
import { metricNamed } from './metrics.ts'
import type { MetricSamples } from './series.ts'

type Labels = ReadonlyMap<string, string>

const HASH = 35
const SPACE = 32
const BATCH = 4096
const SERIES_MAX = 2_000_000
/** Timestamps from here on are ms (the text format of Prometheus), below seconds (OpenMetrics): the year 5138 in seconds, 1973 in ms. */
const SECONDS_MAX = 1e11
/** A value and a time in ms. */
const PLAIN = / (\d+(?:\.\d+)?(?:e[+-]?\d+)?) (\d{12,15})$/y

/**
 * Reads a dump of metrics from chunks of bytes: lines of `promtool tsdb dump` (`{__name__="x", label="y"} value ms`), or
 * OpenMetrics or Prometheus text with timestamps. Hands the samples of metrics that the import knows to `add`, in the
 * order of the file. Lines that can't be read go to `issues` with their number.
 */
export function readMetricsText(file: string, chunks: Iterable<Uint8Array>, issues: IssueList, add: (samples: MetricSamples) => void): void {
  const reader = new TextReader(file, issues, add)
  const decoder = new TextDecoder()
  eachBlock(file, chunks, (bytes, from, to) => {
    // A block holds whole lines, so no character is cut.
    const text = decoder.decode(bytes.subarray(from, to))
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at)
      reader.readLine(text.slice(at, text.charCodeAt(end - 1) === 13 ? end - 1 : end))
      at = end + 1
    }
  })
  reader.end()
}

class TextReader {
  readonly #file: string
  readonly #issues: IssueList
  readonly #add: (samples: MetricSamples) => void
  readonly #labels = new Map<string, Labels | null>()
  #line = 0
  /** Everything of a line before its value; most lines repeat that of the line before. */
  #head = ''
  #current: Labels | null = null
  #firstLine = 0
  #timesMs: number[] = []
  #values: number[] = []
  #sampleLines = 0
  #isEnded = false
  #isOpenMetrics = false

  constructor(file: string, issues: IssueList, add: (samples: MetricSamples) => void) {
    this.#file = file
    this.#issues = issues
    this.#add = add
  }

  readLine(text: string): void {
    this.#line++
    if (text === '') return
    if (this.#isEnded) this.#fault('stands after # EOF: the file goes on after its end')
    else if (text.charCodeAt(0) === HASH) this.#isEnded = text === '# EOF'
    else this.#sampleLine(text)
  }

  end(): void {
    this.#flush()
    if (this.#sampleLines === 0) this.#issues.add(this.#file, null, () => 'holds no samples: a dump of "promtool tsdb dump" or OpenMetrics text was expected')
    else if (this.#isOpenMetrics && !this.#isEnded) this.#issues.add(this.#file, null, () => 'is OpenMetrics and does not end with # EOF: it was cut off')
  }

  #fault(message: string): void {
    this.#issues.add(this.#file, this.#line, () => message)
  }

  #sampleLine(text: string): void {
    this.#sampleLines++
    const isSame = this.#head !== '' && text.charCodeAt(this.#head.length) === SPACE && text.startsWith(this.#head)
    if (!isSame) this.#begin(text)
    if (this.#current === null) return
    const fault = this.#sample(text)
    if (fault !== null) this.#fault(fault)
  }

  /** A line of another series than the one before. */
  #begin(text: string): void {
    this.#flush()
    const end = headEnd(text)
    this.#head = end < 0 ? '' : text.slice(0, end)
    this.#current = end < 0 ? null : this.#labelsOf(this.#head)
    if (end < 0) this.#fault(`${quoted(text)} is not a sample: {__name__="...", ...} VALUE TIME or NAME{...} VALUE TIME was expected`)
  }

  #labelsOf(head: string): Labels | null {
    const known = this.#labels.get(head)
    if (known !== undefined) return known
    // A copy: a slice would keep the whole block of text that it was cut from.
    const own = ` ${head}`.slice(1)
    const labels = this.#wantedLabels(own)
    if (this.#labels.size < SERIES_MAX) this.#labels.set(own, labels)
    return labels
  }

  /** Null for a series that the import does not read, and after adding an issue. */
  #wantedLabels(head: string): Labels | null {
    const brace = head.indexOf('{')
    const name = (brace < 0 ? head : head.slice(0, brace)).trim()
    if (name !== '' && metricNamed(name) === undefined) return null
    const labels = brace < 0 ? new Map<string, string>() : parseLabels(head.slice(brace))
    if (labels === null) {
      this.#fault(`${quoted(head)}: labels can't be read, {name="value", ...} was expected`)
      return null
    }
    if (name !== '') labels.set('__name__', name)
    return metricNamed(labels.get('__name__') ?? '') === undefined ? null : labels
  }

  /** Keeps a line's sample, or says what is wrong with it. */
  #sample(text: string): string | null {
    // Nearly all lines are of this form; it is where the time of a large import is spent.
    PLAIN.lastIndex = this.#head.length
    const plain = PLAIN.exec(text)
    if (plain === null) return this.#oddSample(text)
    this.#keep(Number(plain[2]), Number(plain[1]))
    return null
  }

  #oddSample(text: string): string | null {
    const from = this.#head.length
    // What follows # is an exemplar.
    const exemplar = text.indexOf(' # ', from)
    const [value, time, ...rest] = text.slice(from, exemplar < 0 ? text.length : exemplar).trim().split(/\s+/)
    if (time === undefined) return 'has no timestamp: metrics over time were expected, not one scrape'
    if (rest.length > 0) return `has ${rest.length + 2} fields after the labels, a value and a time were expected`
    const number = numberOf(value!)
    const atMs = this.#timeMs(time)
    if (number === null) return `${quoted(value!)} is not a number`
    if (atMs === null) return `${quoted(time)} is not a time: Unix seconds or ms were expected`
    this.#keep(atMs, number)
    return null
  }

  #keep(atMs: number, value: number): void {
    // Line numbers are counted on from the first of a batch.
    if (this.#line !== this.#firstLine + this.#timesMs.length) this.#flush()
    if (this.#timesMs.length === 0) this.#firstLine = this.#line
    this.#timesMs.push(atMs)
    this.#values.push(value)
    if (this.#timesMs.length >= BATCH) this.#flush()
  }

  #timeMs(text: string): number | null {
    const time = /^\d{1,16}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN
    if (Number.isNaN(time)) return null
    if (time >= SECONDS_MAX) return Math.round(time)
    if (!this.#head.startsWith('{')) this.#isOpenMetrics = true
    return this.#head.startsWith('{') ? Math.round(time) : Math.round(time * 1000)
  }

  #flush(): void {
    if (this.#timesMs.length === 0 || this.#current === null) return
    this.#add({ labels: this.#current, timesMs: this.#timesMs, values: this.#values, file: this.#file, line: this.#firstLine })
    this.#timesMs = []
    this.#values = []
  }
}

/** Where the value of a sample line begins, with the space before it: after the closing brace that is not in a label's value. */
function headEnd(text: string): number {
  const brace = text.indexOf('{')
  const space = text.indexOf(' ')
  if (brace < 0 || (space >= 0 && space < brace && !/^[^{]*\s\{/.test(text))) return space
  let isQuoted = false
  for (let at = brace + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isQuoted && code === 92) at++
    else if (code === 34) isQuoted = !isQuoted
    else if (!isQuoted && code === 125) return text.charCodeAt(at + 1) === 32 ? at + 1 : -1
  }
  return -1
}

const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|\})/y

/** Labels of `{a="b", c="d"}`; null when they are none, or one stands twice. */
function parseLabels(text: string): Map<string, string> | null {
  const labels = new Map<string, string>()
  if (/^\{\s*\}$/.test(text)) return labels
  LABEL.lastIndex = 1
  for (let match = LABEL.exec(text); match !== null; match = LABEL.exec(text)) {
    const [, name, value, next] = match
    if (labels.has(name!)) return null
    labels.set(name!, value!.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)))
    if (next === '}' || /^\s*\}\s*$/.test(text.slice(LABEL.lastIndex))) return labels
  }
  return null
}

/** A sample's value; null when it is no number. Infinite ones are told by those who know the metric. */
function numberOf(text: string): number | null {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text)
  if (/^\+?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^-inf(inity)?$/i.test(text)) return Number.NEGATIVE_INFINITY
  return /^nan$/i.test(text) ? Number.NaN : null
}
