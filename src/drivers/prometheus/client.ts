import { BadInput } from '../../model/result.ts'
import { ask, failure, type ApiSettings } from './api.ts'
import { queryText, type HostFilter, type MetricQuery } from './query.ts'

/** Samples of one series, in order of time. */
export interface FetchedSeries {
  readonly labels: ReadonlyMap<string, string>
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
  /** The server's address. */
  readonly file: string
  readonly line: null
}

export interface FetchRequest {
  readonly url: string
  readonly metrics: readonly MetricQuery[]
  readonly hosts: HostFilter | null
  /** First and last sample time wanted, Unix ms. */
  readonly fromMs: number
  readonly toMs: number
  readonly token: string | null
  readonly signal?: AbortSignal
  /** Told after each answer: the share of the work that is done. */
  readonly onProgress?: (doneRatio: number) => void
  readonly limits?: Partial<Limits>
}

type Limits = Pick<ApiSettings, 'timeoutMs' | 'answerBytesMax' | 'triesMax' | 'retryMs'>

const LIMITS: Limits = { timeoutMs: 60_000, answerBytesMax: 64 * 2 ** 20, triesMax: 3, retryMs: 1000 }
const CHUNK_FIRST_MS = 3_600_000
const CHUNK_MIN_MS = 60_000
const CHUNK_MAX_MS = 86_400_000
/** An answer below this share of the limit makes the next chunk longer. */
const SMALL_SHARE = 1 / 8
const WARNINGS_MAX = 5

export interface Fetched {
  readonly answers: number
  /** What the server warned of, such as stores that did not take part: then the figures may lack something. */
  readonly warnings: readonly string[]
}

/**
 * Fetches metrics from a Prometheus HTTP API, metric by metric and in chunks of time that adapt to how much comes back.
 * Each series comes in pieces in order of time, without doubles. Throws BadInput for an address that is none, and
 * OutsideFailure when the server does not answer, refuses, or answers nonsense.
 */
export async function fetchMetrics(request: FetchRequest, add: (series: FetchedSeries) => void): Promise<Fetched> {
  const settings: ApiSettings = { url: prometheusUrl(request.url), token: request.token, signal: request.signal ?? null, ...LIMITS, ...request.limits }
  const warnings = new Set<string>()
  let answers = 0
  for (const [index, metric] of request.metrics.entries()) {
    const progress = (reachedMs: number): void => {
      answers++
      request.onProgress?.((index + (reachedMs - request.fromMs) / Math.max(1, request.toMs - request.fromMs)) / request.metrics.length)
    }
    await fetchMetric(settings, request, metric, warnings, add, progress)
  }
  return { answers, warnings: [...warnings].slice(0, WARNINGS_MAX) }
}

async function fetchMetric(
  settings: ApiSettings, { hosts, fromMs, toMs }: FetchRequest, metric: MetricQuery, warnings: Set<string>, add: (series: FetchedSeries) => void, progress: (reachedMs: number) => void,
): Promise<void> {
  // Chunks are (reached, end]: the first begins just before the first sample wanted.
  let reachedMs = fromMs - 1
  let chunkMs = CHUNK_FIRST_MS
  while (reachedMs < toMs) {
    const endMs = Math.min(toMs, reachedMs + chunkMs)
    const answer = await ask(settings, queryText(metric, hosts, endMs - reachedMs), endMs)
    if (answer.kind === 'tooMuch') {
      if (endMs - reachedMs <= CHUNK_MIN_MS) throw failure(settings, `can't give one minute of ${metric.name}: ${answer.why}`)
      chunkMs = Math.max(CHUNK_MIN_MS, Math.floor((endMs - reachedMs) / 2))
      continue
    }
    takeAnswer(settings, metric, answer.body, reachedMs, warnings, add)
    if (answer.bytes < settings.answerBytesMax * SMALL_SHARE) chunkMs = Math.min(CHUNK_MAX_MS, chunkMs * 2)
    reachedMs = endMs
    progress(reachedMs)
  }
}

/** The address of a Prometheus server. Throws BadInput when it is not plain http or https. */
export function prometheusUrl(text: string): URL {
  const refuse = (message: string): never => {
    throw new BadInput([{ path: 'SOURCE', message }])
  }
  const url = URL.canParse(text) ? new URL(text) : refuse('is not an address such as http://prometheus:9090')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse(`begins with ${url.protocol}, http: or https: was expected`)
  // The text is not repeated: it holds a password.
  if (url.username !== '' || url.password !== '') refuse('holds a user name or password, which would end up in logs: put a bearer token into PLIMSOLL_PROMETHEUS_TOKEN')
  if (url.search !== '' || url.hash !== '') refuse('has a query or fragment: give the address of the server only')
  return url
}

function takeAnswer(settings: ApiSettings, metric: MetricQuery, body: unknown, afterMs: number, warnings: Set<string>, add: (series: FetchedSeries) => void): void {
  const answer = body as { status?: unknown; warnings?: unknown; data?: { result?: unknown } } | null
  if (answer?.status !== 'success' || !Array.isArray(answer.data?.result)) throw failure(settings, 'does not answer as Prometheus does (status "success" and data.result): is it Prometheus?')
  for (const warning of Array.isArray(answer.warnings) ? answer.warnings : []) if (warnings.size < WARNINGS_MAX) warnings.add(String(warning).slice(0, 200))
  for (const one of answer.data.result as unknown[]) {
    const series = fetchedSeries(settings, metric, one, afterMs)
    if (series.timesMs.length > 0) add(series)
  }
}

function fetchedSeries(settings: ApiSettings, { name }: MetricQuery, one: unknown, afterMs: number): FetchedSeries {
  const { metric, values, value } = (one ?? {}) as { metric?: unknown; values?: unknown; value?: unknown }
  const pairs = Array.isArray(values) ? (values as unknown[]) : [value]
  if (typeof metric !== 'object' || metric === null) throw failure(settings, `answers a series of ${name} without labels`)
  const labels = new Map(Object.entries(metric).map(([label, text]) => [label, String(text)]))
  labels.set('__name__', name)
  const timesMs: number[] = []
  const numbers: number[] = []
  for (const pair of pairs) {
    const [atS, text] = Array.isArray(pair) ? (pair as unknown[]) : []
    const atMs = typeof atS === 'number' ? Math.round(atS * 1000) : Number.NaN
    const number = typeof text === 'string' ? sampleValue(text) : null
    if (Number.isNaN(atMs) || number === null) throw failure(settings, `answers a sample of ${name} that is not [seconds, "value"]`)
    // Servers before version 3 also give the sample at the very beginning of a chunk, which the chunk before had.
    if (atMs <= afterMs) continue
    timesMs.push(atMs)
    numbers.push(number)
  }
  return { labels, timesMs, values: numbers, file: settings.url.origin, line: null }
}

const WORDS = new Map([['NaN', Number.NaN], ['+Inf', Number.POSITIVE_INFINITY], ['-Inf', Number.NEGATIVE_INFINITY]])

function sampleValue(text: string): number | null {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : null
}
