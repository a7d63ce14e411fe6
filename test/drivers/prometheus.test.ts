import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchMetrics, prometheusUrl, type FetchedSeries, type FetchRequest } from '../../src/drivers/prometheus/client.ts'
import { OutsideFailure } from '../../src/drivers/prometheus/outsideFailure.ts'
import { queryText, type MetricQuery } from '../../src/drivers/prometheus/query.ts'
import { BadInput } from '../../src/model/result.ts'

const CPU: MetricQuery = { name: 'cpu_total', only: null, largestOnly: false }
const MINUTE = 60_000
const HOUR = 3_600_000

let close: (() => void) | null = null
afterEach(() => close?.())

interface Asked {
  readonly path: string
  readonly method: string
  readonly query: string
  readonly timeMs: number
  readonly authorization: string | undefined
}

/** A server that does what the handler says, and what it was asked. */
async function server(handle: (asked: Asked, response: ServerResponse) => void): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const listener = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url!, 'http://x')
      const form = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
      const one: Asked = { path: url.pathname, method: request.method!, query: form.get('query') ?? '', timeMs: Number(form.get('time')) * 1000, authorization: request.headers.authorization }
      asked.push(one)
      handle(one, response)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  close = () => {
    listener.close()
    listener.closeAllConnections()
    close = null
  }
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, asked }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text
}

const durationOf = (query: string): number => Number(/\[(\d+)ms\]/.exec(query)![1])
const send = (response: ServerResponse, body: unknown, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/** Answers as Prometheus 2 does: one sample a minute, both ends of the range included. */
function samplesEachMinute({ query, timeMs }: Asked, response: ServerResponse): void {
  const values: [number, string][] = []
  for (let atMs = Math.ceil((timeMs - durationOf(query)) / MINUTE) * MINUTE; atMs <= timeMs; atMs += MINUTE) values.push([atMs / 1000, String(atMs / MINUTE)])
  send(response, { status: 'success', data: { resultType: 'matrix', result: [{ metric: { instance: 'a:9177', domain: 'web' }, values }] } })
}

const request = (url: string, more: Partial<FetchRequest> = {}): FetchRequest => ({
  url, metrics: [CPU], hosts: null, fromMs: 1000 * HOUR, toMs: 1001 * HOUR, token: null, ...more, limits: { retryMs: 0, ...more.limits },
})

async function fetched(one: FetchRequest): Promise<FetchedSeries[]> {
  const series: FetchedSeries[] = []
  await fetchMetrics(one, (piece) => series.push(piece))
  return series
}

async function failureOf(one: FetchRequest): Promise<string> {
  try {
    await fetched(one)
  } catch (error) {
    if (error instanceof OutsideFailure) return error.message
    throw error
  }
  return 'no failure'
}

describe('fetching', () => {
  it('asks in chunks that grow and gives each sample once, first and last included', async () => {
    const { url, asked } = await server(samplesEachMinute)
    const progress: number[] = []
    const series = await fetched(request(`${url}/prom/`, { toMs: 1010 * HOUR, onProgress: (ratio) => progress.push(ratio) }))
    expect(asked.map(({ path }) => path)).toEqual(asked.map(() => '/prom/api/v1/query'))
    expect(asked.map(({ query }) => Math.round(durationOf(query) / HOUR))).toEqual([1, 2, 4, 3])
    expect(series.flatMap(({ timesMs }) => timesMs)).toEqual(Array.from({ length: 601 }, (_, index) => 1000 * HOUR + index * MINUTE))
    expect(series[0]!.values[1]).toBe(60_001)
    expect(Object.fromEntries(series[0]!.labels)).toEqual({ __name__: 'cpu_total', instance: 'a:9177', domain: 'web' })
    expect(progress.at(-1)).toBe(1)
    expect(progress).toEqual([...progress].sort((left, right) => left - right))
  })

  it('gives a sample at the end of a chunk once', async () => {
    const { url, asked } = await server(samplesEachMinute)
    const series = await fetched(request(url, { fromMs: 1000 * HOUR + 1, toMs: 1010 * HOUR }))
    expect(asked[1]!.timeMs - durationOf(asked[1]!.query)).toBe(1001 * HOUR)
    expect(series.flatMap(({ timesMs }) => timesMs)).toEqual(Array.from({ length: 600 }, (_, index) => 1000 * HOUR + (index + 1) * MINUTE))
  })

  it('asks for less at a time when an answer is too large, or Prometheus says that it is too much', async () => {
    const { url, asked } = await server((one, response) => {
      if (durationOf(one.query) > 10 * MINUTE) send(response, { status: 'error', errorType: 'execution', error: 'query processing would load too many samples into memory in query execution' }, 422)
      else samplesEachMinute(one, response)
    })
    const series = await fetched(request(url))
    expect(series.flatMap(({ timesMs }) => timesMs)).toHaveLength(61)
    expect(Math.min(...asked.map(({ query }) => durationOf(query)))).toBeGreaterThanOrEqual(MINUTE)
    close?.()
    const other = await server(samplesEachMinute)
    expect((await fetched(request(other.url, { limits: { answerBytesMax: 600 } }))).flatMap(({ timesMs }) => timesMs)).toHaveLength(61)
  })

  it('gives up when one minute is still too much', async () => {
    const { url } = await server((_, response) => send(response, { filler: 'x'.repeat(2000) }))
    expect(await failureOf(request(url, { limits: { answerBytesMax: 1000 } }))).toBe(`${url} can't give one minute of cpu_total: an answer has more than 1000 bytes`)
  })

  it('counts the bytes of a packed answer after unpacking', async () => {
    const { url } = await server((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000, 32))))
    expect(await failureOf(request(url, { limits: { answerBytesMax: 100_000 } }))).toContain('an answer has more than 100000 bytes')
  })

  it('gives up when no answer comes in time', async () => {
    const { url } = await server(() => undefined)
    expect(await failureOf(request(url, { toMs: 1000 * HOUR, limits: { timeoutMs: 50 } }))).toContain('no full answer within 0.05 s')
  })

  it('tries again when the server is busy, and only so often', async () => {
    let count = 0
    const busy = await server((one, response) => (++count % 3 === 0 ? samplesEachMinute(one, response) : send(response, {}, 503)))
    expect((await fetched(request(busy.url))).flatMap(({ timesMs }) => timesMs)).toHaveLength(61)
    close?.()
    const dead = await server((_, response) => send(response, { status: 'error', error: 'store \u001b[31mgone' }, 503))
    expect(await failureOf(request(dead.url))).toBe(`${dead.url} answers 503: store  [31mgone (tried 3 times)`)
    expect(dead.asked).toHaveLength(3)
  })

  it('sends long queries in the body', async () => {
    const { url, asked } = await server(samplesEachMinute)
    await fetched(request(url, { hosts: { label: 'instance', values: Array.from({ length: 400 }, (_, index) => `host${index}.example:9177`) } }))
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/query' })
    expect(asked[0]!.query).toContain('host399\\\\.example:9177')
  })

  it('tells what the server warns of', async () => {
    const { url } = await server((_, response) => send(response, { status: 'success', warnings: ['a store is missing', 'a store is missing'], data: { result: [] } }))
    expect((await fetchMetrics(request(url), () => undefined)).warnings).toEqual(['a store is missing'])
  })

  it('stops when it is told to', async () => {
    const { url } = await server(() => undefined)
    const stop = new AbortController()
    const running = fetched(request(url, { signal: stop.signal }))
    stop.abort(new Error('stopped'))
    await expect(running).rejects.toThrow('stopped')
  })
})

describe('a server that does not do', () => {
  it.each([
    ['a log-in page', 200, '<html>log in</html>', 'does not answer in JSON'],
    ['other JSON', 200, '{"hello":1}', 'does not answer as Prometheus does'],
    ['no object', 200, 'null', 'does not answer as Prometheus does'],
    ['a series without labels', 200, '{"status":"success","data":{"result":[null]}}', 'a series of cpu_total without labels'],
    ['an odd sample', 200, '{"status":"success","data":{"result":[{"metric":{},"values":[["x","1"]]}]}}', 'is not [seconds, "value"]'],
    ['a value that is no number', 200, '{"status":"success","data":{"result":[{"metric":{},"values":[[1,"one"]]}]}}', 'is not [seconds, "value"]'],
    ['no such path', 404, 'not found', 'has no /api/v1/query (404)'],
    ['no access', 401, '', 'refuses access (401): set PLIMSOLL_PROMETHEUS_TOKEN'],
    ['a bad query', 400, '{"status":"error","error":"parse error"}', 'answers 400: parse error'],
  ])('is told by name (%s)', async (_, status, body, message) => {
    const { url } = await server((__, response) => response.writeHead(status).end(body))
    const failure = await failureOf(request(url))
    expect(failure).toContain(message)
    expect(failure.startsWith(url)).toBe(true)
  })

  it('is not followed to another place', async () => {
    const { url, asked } = await server((one, response) => (one.path === '/elsewhere' ? samplesEachMinute(one, response) : response.writeHead(302, { location: '/elsewhere' }).end()))
    expect(await failureOf(request(url))).toContain('answers with a redirect (302), which is not followed')
    expect(asked.map(({ path }) => path)).toEqual(['/api/v1/query'])
  })

  it('is not there', async () => {
    const { url } = await server(samplesEachMinute)
    close?.()
    expect(await failureOf(request(url))).toBe(`${url} can't be reached: nothing listens there (tried 3 times)`)
    expect(await failureOf(request('http://no-such-host.invalid:9090'))).toMatch(/can't be reached/)
  })
})

describe('the token', () => {
  it('is sent as a bearer token and never shown, even when the server repeats it', async () => {
    const { url, asked } = await server(({ authorization }, response) => send(response, { status: 'error', error: `bad header ${authorization ?? ''}` }, 400))
    const failure = await failureOf(request(url, { token: 's3cret-token' }))
    expect(asked[0]!.authorization).toBe('Bearer s3cret-token')
    expect(failure).toContain('bad header Bearer ***')
    expect(failure).not.toContain('s3cret')
  })
})

describe('an address', () => {
  const issueOf = (text: string): string => {
    try {
      prometheusUrl(text)
    } catch (error) {
      if (error instanceof BadInput) return error.message
      throw error
    }
    return ''
  }

  it.each([
    ['ftp://prometheus', 'http: or https: was expected'],
    ['file:///etc/passwd', 'http: or https: was expected'],
    ['http://', 'is not an address'],
    ['http://prometheus/?query=1', 'has a query or fragment'],
  ])('%s is refused', (text, message) => expect(issueOf(text)).toContain(message))

  it('with a password is refused without repeating it', () => {
    expect(issueOf('https://admin:s3cret@prometheus:9090')).toContain('PLIMSOLL_PROMETHEUS_TOKEN')
    expect(issueOf('https://admin:s3cret@prometheus:9090')).not.toContain('s3cret')
  })

  it('may be http or https, with a port and a path', () => {
    expect(issueOf('http://[::1]:9090')).toBe('')
    expect(issueOf('https://metrics.example/prometheus/')).toBe('')
  })
})

it('a query names the metric, its hosts with or without ports, and the time', () => {
  expect(queryText(CPU, null, 60_000)).toBe('cpu_total[60000ms]')
  expect(queryText({ name: 'node_cpu_seconds_total', only: { label: 'mode', value: 'idle' }, largestOnly: true }, { label: 'instance', values: ['a.b', 'c:91'] }, 1)).toBe(
    'max_over_time(node_cpu_seconds_total{mode="idle",instance=~"a\\\\.b(:[0-9]+)?|c:91"}[1ms])',
  )
  expect(queryText(CPU, { label: 'instance', values: ['x"} or up{a="'] }, 1)).toBe('cpu_total{instance=~"x\\"\\\\} or up\\\\{a=\\"(:[0-9]+)?"}[1ms]')
})
