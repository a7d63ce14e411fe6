import type { Client, ClientConfig } from 'pg'
import { type Result, done, refuse } from '../model/result.ts'
import { type HeldLease, LEASE_MS, type Lease } from './lease.ts'

/** A database that keeps leases, and how this process calls itself there. */
export interface LeaseDatabase {
  /** postgresql://USER:PASSWORD@HOST:PORT/DATABASE. It holds a password: no message of this file repeats it. */
  readonly url: string
  readonly pool: string
  /** Tells this process apart from all others, on any machine. */
  readonly holder: string
}

/** What a lease needs of this machine: replaced in tests. */
export interface LeaseTime {
  steadyMs(): number
  wait(durationMs: number): Promise<void>
}

/** The row outlives what its holder counts on by so much: clocks of two machines never run equally fast. */
const SLACK_MS = 2000
const ANSWER_MS = 5000
const RETRY_MS = 1000

const TABLE = `CREATE TABLE IF NOT EXISTS plimsoll_lease (
  pool text PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, until_at timestamptz NOT NULL)`
// An epoch is at least the second of the day it was taken on: it is greater than those of a lease in files, and of a
// database that was restored from an old backup.
const TAKE = `INSERT INTO plimsoll_lease AS held (pool, epoch, holder, until_at)
  VALUES ($1, extract(epoch FROM clock_timestamp())::bigint, $2, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (pool) DO UPDATE SET epoch = greatest(held.epoch + 1, excluded.epoch), holder = excluded.holder, until_at = excluded.until_at
  WHERE held.until_at <= clock_timestamp() RETURNING epoch`
const RENEW = `UPDATE plimsoll_lease SET until_at = clock_timestamp() + $4 * interval '1 millisecond'
  WHERE pool = $1 AND epoch = $2 AND holder = $3 AND until_at > clock_timestamp() RETURNING epoch`
const RELEASE = `UPDATE plimsoll_lease SET until_at = '-infinity' WHERE pool = $1 AND epoch = $2 AND holder = $3`

/**
 * A lease among processes of several machines: one row of a PostgreSQL database for each pool. The database's clock says
 * when a row is over; the holder counts from before it asked, on its own steady clock, and stops earlier. While the
 * database does not answer a renewal is tried again up to the end of the lease.
 */
export function postgresLease(database: LeaseDatabase, time: LeaseTime, leaseMs = LEASE_MS): Lease {
  return {
    acquire: async () => {
      const untilMs = time.steadyMs() + leaseMs
      const rows = await take(database, leaseMs)
      return rows.length === 0 || time.steadyMs() >= untilMs ? null : new Row(database, time, leaseMs, Number(rows[0]!.epoch), untilMs).held()
    },
  }
}

/** Whether a lease can be asked for at a URL; says what is wrong with it without repeating it. */
export function checkLeaseUrl(text: string): Result<string> {
  if (!URL.canParse(text)) return refuse('leaseUrl', 'the URL of the lease is none: expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full')
  const url = new URL(text)
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') return refuse('leaseUrl', 'the URL of the lease is of another kind: expected postgresql://')
  // A parameter of that name wins over the host of the URL.
  const host = url.searchParams.get('host') ?? url.hostname
  const isLocal = ['', 'localhost', '127.0.0.1', '[::1]'].includes(host) || host.startsWith('/')
  if (!isLocal && url.searchParams.get('sslmode') !== 'verify-full') return refuse('leaseUrl', `the lease on ${host} is reached without checking who answers: add ?sslmode=verify-full (and sslrootcert=FILE where its authority is your own)`)
  return done(text)
}

interface EpochRow {
  readonly epoch: string
}

async function take(database: LeaseDatabase, leaseMs: number): Promise<readonly EpochRow[]> {
  const ask = (): Promise<readonly EpochRow[]> => query(database, TAKE, [database.pool, database.holder, leaseMs + SLACK_MS])
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof LeaseUnreachable) || error.code !== NO_TABLE) throw error
    await query(database, TABLE, []).catch((failure: unknown) => {
      // Two that make it at the same time: one of them is told that it is there.
      if (!(failure instanceof LeaseUnreachable) || !IS_THERE.has(failure.code)) throw failure
    })
    return ask()
  }
}

const NO_TABLE = '42P01'
const IS_THERE = new Set(['23505', '42710', '42P07'])
/** Classes 08 (connection), 53 (resources) and 57 (shutting down) pass; so does all that has no SQLSTATE. Source: PostgreSQL, Appendix A. */
const passes = (code: string): boolean => !/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57)/.test(code)

class Row {
  readonly #database: LeaseDatabase
  readonly #time: LeaseTime
  readonly #leaseMs: number
  readonly #epoch: number
  #untilMs: number
  #isLost = false

  constructor(database: LeaseDatabase, time: LeaseTime, leaseMs: number, epoch: number, untilMs: number) {
    this.#database = database
    this.#time = time
    this.#leaseMs = leaseMs
    this.#epoch = epoch
    this.#untilMs = untilMs
  }

  held(): HeldLease {
    return {
      epoch: this.#epoch, untilMs: this.#untilMs,
      // The database is not asked before every append: what is not ours for certain counts as somebody else's.
      currentEpoch: () => (this.#isOver() ? this.#epoch + 1 : this.#epoch),
      renew: () => this.#renew(),
      release: () => this.#release(),
    }
  }

  #isOver(): boolean {
    return this.#isLost || this.#time.steadyMs() >= this.#untilMs
  }

  async #renew(): Promise<HeldLease | null> {
    while (!this.#isOver()) {
      const nextMs = this.#time.steadyMs() + this.#leaseMs
      try {
        const rows = await query(this.#database, RENEW, [this.#database.pool, this.#epoch, this.#database.holder, this.#leaseMs + SLACK_MS])
        this.#isLost = rows.length === 0 || this.#isOver()
        if (this.#isLost) return null
        this.#untilMs = nextMs
        return this.held()
      } catch (error) {
        if (!(error instanceof LeaseUnreachable) || !passes(error.code)) throw error
        await this.#time.wait(RETRY_MS)
      }
    }
    return null
  }

  async #release(): Promise<void> {
    this.#isLost = true
    await query(this.#database, RELEASE, [this.#database.pool, this.#epoch, this.#database.holder]).catch(() => undefined)
  }
}

/** The database did not do what it was asked. */
export class LeaseUnreachable extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** One connection for each question: there is one every ten seconds, and none that idles can be cut unseen. */
async function query({ url }: LeaseDatabase, text: string, values: readonly unknown[]): Promise<readonly EpochRow[]> {
  const config: ClientConfig = { connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS, statement_timeout: ANSWER_MS, application_name: 'plimsoll' }
  let client: Client | null = null
  try {
    client = new (await driver())(config)
    client.on('error', () => undefined)
    await client.connect()
    return (await client.query<EpochRow>(text, [...values])).rows
  } catch (error) {
    throw unreachable(error, url)
  } finally {
    await client?.end().catch(() => undefined)
  }
}

async function driver(): Promise<typeof Client> {
  try {
    return (await import('pg')).default.Client
  } catch {
    throw new LeaseUnreachable('noDriver', 'a lease in PostgreSQL needs the package pg, which is not installed: run npm install with optional packages')
  }
}

function unreachable(error: unknown, url: string): LeaseUnreachable {
  if (error instanceof LeaseUnreachable) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  return new LeaseUnreachable(code, `the lease in PostgreSQL can't be had: ${withoutSecret(error instanceof Error ? error.message || code : code, url)}`)
}

/** What libraries say may hold what they were given. */
function withoutSecret(message: string, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const password = parsed?.password ?? ''
  return [url, password, decodeURIComponent(password), parsed?.searchParams.get('password') ?? ''].reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '***')), message)
}
