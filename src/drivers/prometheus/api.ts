import { OutsideFailure } from './outsideFailure.ts'

/** Where to ask, and how long and how much. */
export interface ApiSettings {
  /** As the person gave it: http or https, a path prefix is allowed. */
  readonly url: URL
  /** Sent as a bearer token; never shown. */
  readonly token: string | null
  /** For one answer, from request to last byte. */
  readonly timeoutMs: number
  readonly answerBytesMax: number
  /** Tries of one request, when the server is busy or does not answer. */
  readonly triesMax: number
  /** Wait before the second try; doubles with each further one. */
  readonly retryMs: number
  readonly signal: AbortSignal | null
}

/** Outcome of one request: the answer's JSON, or that it is too much at once. */
export type Answer = { readonly kind: 'answer'; readonly body: unknown; readonly bytes: number } | { readonly kind: 'tooMuch'; readonly why: string }

type Try = Answer | { readonly kind: 'again'; readonly why: string }

/** Longer queries are sent in the body: servers and proxies limit the length of addresses. */
const QUERY_IN_ADDRESS_MAX = 4000
const SHOWN_MAX = 300

/**
 * Asks the HTTP API's `query`. Follows no redirects. Throws OutsideFailure when the server can't be reached, refuses,
 * or answers what is no answer of Prometheus; `tooMuch` when it takes too long or the answer is too large.
 */
export async function ask(settings: ApiSettings, query: string, atMs: number): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await oneTry(settings, query, atMs)
    if (outcome.kind !== 'again') return outcome
    if (attempt >= settings.triesMax) throw failure(settings, `${outcome.why} (tried ${attempt} times)`)
    await pause(settings, settings.retryMs * 2 ** (attempt - 1))
  }
}

async function oneTry(settings: ApiSettings, query: string, atMs: number): Promise<Try> {
  const timeout = AbortSignal.timeout(settings.timeoutMs)
  const signal = settings.signal === null ? timeout : AbortSignal.any([timeout, settings.signal])
  try {
    const response = await send(settings, query, atMs, signal)
    const text = await readBody(response, settings.answerBytesMax)
    if (text === null) return { kind: 'tooMuch', why: `an answer has more than ${settings.answerBytesMax} bytes` }
    return judge(settings, response, text)
  } catch (error) {
    if (error instanceof OutsideFailure) throw error
    if (settings.signal?.aborted === true) throw settings.signal.reason
    if (timeout.aborted) return { kind: 'tooMuch', why: `no full answer within ${settings.timeoutMs / 1000} s` }
    return { kind: 'again', why: reachFault(error) }
  }
}

async function send({ url, token }: ApiSettings, query: string, atMs: number, signal: AbortSignal): Promise<Response> {
  const address = new URL(`${url.pathname.replace(/\/+$/, '')}/api/v1/query`, url.origin)
  const form = new URLSearchParams({ query, time: (atMs / 1000).toFixed(3) })
  const headers = { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
  if (query.length > QUERY_IN_ADDRESS_MAX) return fetch(address, { method: 'POST', body: form, headers, signal, redirect: 'manual' })
  address.search = form.toString()
  return fetch(address, { headers, signal, redirect: 'manual' })
}

/** The body's text after unpacking, or null when it is too long; the rest is not read then. */
async function readBody(response: Response, bytesMax: number): Promise<string | null> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  const pieces: string[] = []
  let bytes = 0
  // Leaving the loop cancels the stream.
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > bytesMax) return null
    pieces.push(decoder.decode(piece, { stream: true }))
  }
  return pieces.join('') + decoder.decode()
}

function judge(settings: ApiSettings, response: Response, text: string): Try {
  const { status } = response
  if (status === 200) return { kind: 'answer', body: parsed(settings, text), bytes: text.length }
  const said = serverSays(settings, text)
  if (status >= 300 && status < 400) throw failure(settings, `answers with a redirect (${status}), which is not followed: give the address that it leads to`)
  if (status === 401 || status === 403) throw failure(settings, `refuses access (${status}): ${settings.token === null ? 'set PLIMSOLL_PROMETHEUS_TOKEN to a bearer token' : 'the token in PLIMSOLL_PROMETHEUS_TOKEN is not accepted'}`)
  if (status === 404) throw failure(settings, 'has no /api/v1/query (404): give the address under which Prometheus answers, with its path prefix if it has one')
  // Prometheus' --query.max-samples and --query.timeout.
  if (/too many samples|query timed out|context deadline/i.test(said)) return { kind: 'tooMuch', why: said }
  if (status === 429 || status >= 500) return { kind: 'again', why: `answers ${status}${said === '' ? '' : `: ${said}`}` }
  throw failure(settings, `answers ${status}${said === '' ? '' : `: ${said}`}`)
}

function parsed(settings: ApiSettings, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failure(settings, `does not answer in JSON ("${shown(settings, text.slice(0, 60))}"): is it Prometheus, or a log-in page?`)
  }
}

function serverSays(settings: ApiSettings, text: string): string {
  try {
    const body = JSON.parse(text) as unknown
    if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') return shown(settings, body.error)
  } catch {
    // Proxies answer in HTML: its text says nothing that the status does not.
  }
  return ''
}

/** Text of the server's, fit for a terminal, and without the token should the server repeat it. */
function shown({ token }: ApiSettings, text: string): string {
  const safe = token === null || token === '' ? text : text.replaceAll(token, '***')
  // eslint-disable-next-line no-control-regex -- control characters are what must not reach the terminal.
  return safe.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, SHOWN_MAX)
}

export const failure = ({ url }: Pick<ApiSettings, 'url'>, message: string): OutsideFailure => new OutsideFailure(`${url.origin}${url.pathname.replace(/\/+$/, '')} ${message}`)

function reachFault(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  switch (code) {
    case 'ECONNREFUSED':
      return 'can\'t be reached: nothing listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'can\'t be reached: its name is not known'
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'closed the connection'
    default:
      return `can't be reached${code === '' ? '' : ` (${code})`}${cause instanceof Error ? `: ${cause.message.slice(0, SHOWN_MAX)}` : ''}`
  }
}

async function pause({ signal }: ApiSettings, durationMs: number): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve) => setTimeout(resolve, durationMs))
  signal?.throwIfAborted()
}
