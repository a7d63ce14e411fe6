import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { vi } from 'vitest'

const HOME = '/usr/lib/postgresql'
/** PostgreSQL refuses to run as root: then it runs as nobody. */
const NOBODY = 65_534
const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** A PostgreSQL server of our own: a fresh cluster in a temporary folder, on the loopback address, with a password. */
export interface OwnPostgres {
  readonly url: string
  readonly password: string
  sql(text: string): Promise<unknown[]>
  stop(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

/** The folder of PostgreSQL's programs; null where Debian's package is not installed. */
export function postgresPrograms(): string | null {
  try {
    const version = readdirSync(HOME).sort((a, b) => Number(b) - Number(a))[0]
    return version === undefined ? null : join(HOME, version, 'bin')
  } catch {
    return null
  }
}

export async function ownPostgres(programs: string): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-postgres-'))
  const password = 'canary-7f3a'
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  if (as.uid !== undefined) for (const path of [folder, passwordFile]) chownSync(path, as.uid, as.gid)
  const cluster = join(folder, 'cluster')
  execFileSync(join(programs, 'initdb'), ['-D', cluster, '-U', 'plimsoll', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', '--locale=C', '-E', 'UTF8'], { ...as, cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH } })
  const port = await freePort()
  const url = `postgresql://plimsoll:${password}@127.0.0.1:${port}/postgres`
  let server: ChildProcess | null = null
  const sql = async (text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }
  const stop = async (): Promise<void> => {
    const running = server
    server = null
    if (running === null) return
    const over = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGQUIT')
    await over
  }
  const start = async (): Promise<void> => {
    server = spawn(join(programs, 'postgres'), ['-D', cluster, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off'], { ...as, cwd: folder, stdio: 'ignore' })
    await vi.waitFor(() => sql('SELECT 1'), { timeout: 30_000, interval: 50 })
  }
  await start()
  return {
    url, password, sql, stop, start,
    remove: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
