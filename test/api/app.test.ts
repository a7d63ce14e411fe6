import type { Express } from 'express'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { BadInput } from '../../src/model/result.ts'
import { createApp } from '../../src/api/app.ts'
import { listenOnLoopback } from '../../src/api/loopbackOnly.ts'
import type { RunSource } from '../../src/api/runSource.ts'
import { fakePolicies } from '../support/fakeRun.ts'

const runs = fakePolicies(3, 1)
const byId = new Map(runs.map((run) => [`office/${run.header.policy}`, run]))

/** Keeps what it was asked for, so that tests see what reaches the files. */
function sourceOf(changes: Partial<RunSource> = {}): RunSource & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked, runsFolder: 'runs <here>',
    listRuns: () => Promise.resolve([...[...byId].map(([id, { header, summary }]) => ({ id, header, summary })), { id: 'torn', problem: 'summary.json ends early' }]),
    readRun: (id) => {
      asked.push(id)
      return Promise.resolve(byId.get(id)!)
    },
    renderReport: (ids) => {
      asked.push(...ids)
      return Promise.resolve(`<!doctype html><title>${ids.length} runs</title>`)
    },
    ...changes,
  }
}

const app = (changes: Partial<RunSource> = {}): Express => createApp(sourceOf(changes))
const none = encodeURIComponent('office/none')
interface ErrorBody { readonly error: { readonly code: string; readonly message: string; readonly issues?: unknown } }
const errorOf = (response: { readonly body: unknown }): ErrorBody['error'] => (response.body as ErrorBody).error

describe('the list of runs', () => {
  it('is a page that links each report and names what can not be read', async () => {
    const response = await request(app()).get('/')
    expect(response.status).toBe(200)
    expect(response.type).toBe('text/html')
    expect(response.text).toContain('href="/runs/office%2Fpower-save/report"')
    expect(response.text).toContain('compare all 4')
    expect(response.text).toContain('runs &lt;here&gt;')
    expect(response.text).toContain('summary.json ends early')
  })

  it('of an empty folder says how runs come about', async () => {
    expect((await request(app({ listRuns: () => Promise.resolve([]) })).get('/')).text).toContain('plimsoll simulate')
  })

  it('is JSON for programs', async () => {
    const { body } = await request(app()).get('/api/runs') as { body: { runs: unknown[] } }
    expect(body.runs).toHaveLength(5)
    expect(body.runs[0]).toMatchObject({ id: 'office/none', scenario: 'office-week', policy: 'none', seed: 7, hostCount: 3 })
    expect(body.runs[4]).toEqual({ id: 'torn', problem: 'summary.json ends early' })
  })
})

describe('a run', () => {
  it('has its report', async () => {
    const response = await request(app()).get(`/runs/${none}/report`)
    expect(response.text).toContain('1 runs')
    expect(response.headers['content-security-policy']).toContain("script-src 'unsafe-inline'")
  })

  it('is compared with others in one report', async () => {
    const source = sourceOf()
    const response = await request(createApp(source)).get(`/report?run=${none}&run=${encodeURIComponent('office/power-save')}`)
    expect(response.text).toContain('2 runs')
    expect(source.asked).toEqual(['office/none', 'office/power-save'])
  })

  it('gives its header and summary as they are', async () => {
    const run = byId.get('office/none')!
    expect((await request(app()).get(`/api/runs/${none}/header`)).body).toEqual(run.header)
    expect((await request(app()).get(`/api/runs/${none}/summary`)).body).toEqual(run.summary)
  })

  it('gives its events part by part until there are no more', async () => {
    const id = encodeURIComponent('office/both-with-maintenance')
    const seen: unknown[] = []
    for (let offset: number | null = 0; offset !== null;) {
      const { body } = await request(app()).get(`/api/runs/${id}/events?offset=${offset}&limit=7`) as { body: { events: unknown[]; nextOffset: number | null } }
      seen.push(...body.events)
      offset = body.nextOffset
    }
    expect(seen).toEqual(JSON.parse(JSON.stringify(byId.get('office/both-with-maintenance')!.events)))
  })

  it('gives a series row by row, with null where there is no value', async () => {
    const id = encodeURIComponent('office/power-save')
    const { body } = await request(app()).get(`/api/runs/${id}/series/hostUtilization?offset=40&limit=2`) as { body: { values: (number | null)[] } }
    const expected = Array.from(byId.get('office/power-save')!.columns.hostUtilization.subarray(120, 126), (value) => (Number.isNaN(value) ? null : value))
    expect(body).toMatchObject({ name: 'hostUtilization', width: 3, rowCount: 288, offset: 40, nextOffset: 42, values: expected })
  })

  it.each(['limit=0', 'limit=10001', 'offset=-1', 'offset=1e3', 'limit=x', 'offset=1&offset=2', 'limit='])('refuses %s', async (query) => {
    const response = await request(app()).get(`/api/runs/${none}/events?${query}`)
    expect(response.status).toBe(400)
    expect(errorOf(response).code).toBe('badQuery')
  })
})

describe('what is not there', () => {
  it.each(['/nothing', '/api', '/api/runs/absent/header', '/runs/absent/report', `/api/runs/${none}/series/absent`, `/api/runs/${none}/series/__proto__`, '/report?run=absent', '/favicon.ico'])('%s is 404 in JSON', async (path) => {
    const response = await request(app()).get(path)
    expect(response.status).toBe(404)
    expect(errorOf(response).message).not.toBe('')
  })

  it.each(['..%2F..%2Fetc%2Fpasswd', '%2e%2e', '..%5c..', 'office%2Fnone%00', '%2Fetc%2Fpasswd', 'office%2F..%2Foffice%2Fnone', '__proto__', 'constructor'])('no file is asked for by the name %s', async (id) => {
    const source = sourceOf()
    for (const path of [`/runs/${id}/report`, `/api/runs/${id}/events`, `/api/runs/${id}/series/powerW`]) expect((await request(createApp(source)).get(path)).status).toBe(404)
    expect(source.asked).toEqual([])
  })

  it('a torn run is told as such', async () => {
    const response = await request(app()).get('/runs/torn/report')
    expect(response.status).toBe(422)
    expect(errorOf(response).message).toContain('summary.json ends early')
  })

  it('an address with a broken escape is 400', async () => {
    expect((await request(app()).get('/runs/%E0%A4%A/report')).status).toBe(400)
  })
})

describe('who may ask, and how', () => {
  it.each(['post', 'put', 'delete', 'patch', 'options'] as const)('%s is refused with what is allowed', async (method) => {
    const response = await request(app())[method]('/api/runs')
    expect(response.status).toBe(405)
    expect(response.headers['allow']).toBe('GET, HEAD')
    expect(errorOf(response).code).toBe('methodNotAllowed')
  })

  it.each(['127.0.0.1', '127.0.0.1:8080', 'localhost', 'LOCALHOST:80', '[::1]:3000'])('a request to %s is answered', async (host) => {
    expect((await request(app()).get('/api/runs').set('Host', host)).status).toBe(200)
  })

  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'localhost@evil.example', '[::2]', ''])('a request to %j is refused: its name could be pointed here by anyone', async (host) => {
    const response = await request(app()).get('/api/runs').set('Host', host)
    expect(response.status).toBe(403)
    expect(errorOf(response).code).toBe('foreignHost')
  })

  it('no other origin is let in, and nothing is framed or sniffed', async () => {
    const { headers } = await request(app()).get('/api/runs').set('Origin', 'https://evil.example')
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['x-powered-by']).toBeUndefined()
  })

  it('it listens on the loopback address alone', async () => {
    const server = await listenOnLoopback(app(), 0)
    const { address, port } = server.address() as AddressInfo
    expect(address).toBe('127.0.0.1')
    const status = await new Promise((resolve, reject) => httpRequest({ host: '127.0.0.1', port, path: '/api/runs' }, (response) => resolve(response.resume().statusCode)).on('error', reject).end())
    expect(status).toBe(200)
    await expect(listenOnLoopback(app(), port)).rejects.toThrow('EADDRINUSE')
    server.close()
  })
})

describe('faults', () => {
  it('of the input are told with all their issues', async () => {
    const response = await request(app({ renderReport: () => Promise.reject(new BadInput([{ path: 'runs[1]', message: 'is of another scenario' }])) })).get(`/runs/${none}/report`)
    expect(response.status).toBe(422)
    expect(errorOf(response).issues).toEqual([{ path: 'runs[1]', message: 'is of another scenario' }])
  })

  it('of ours are told to the log, not to the asker', async () => {
    const faults: unknown[] = []
    const response = await request(app({ readRun: () => Promise.reject(new Error('secret path')), onFault: (fault) => faults.push(fault) })).get(`/api/runs/${none}/events`)
    expect(response.status).toBe(500)
    expect(JSON.stringify(response.body)).not.toContain('secret')
    expect(faults).toHaveLength(1)
  })
})
