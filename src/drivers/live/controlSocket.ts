import { chmodSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { type Server, type Socket, connect, createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ControlMessage } from '../../config/controlMessage.ts'

/** Socket of a loop that runs, in its state folder: who may open it, may steer the pool. */
export const socketOf = (stateFolder: string): string => join(stateFolder, 'control.sock')

const LINE_CHARACTERS_MAX = 64 * 1024
const ANSWER_MS = 30_000

/**
 * Answers one JSON value a line, each with one line. The socket is the owner's alone. `path` is a link to the socket of whoever
 * listened last: a process that lost the pool and ends afterwards takes only its own socket away.
 */
export async function listenForControl(path: string, answer: (line: string) => unknown): Promise<{ close(): Promise<void> }> {
  const own = `${path}.${process.pid}`
  rmSync(own, { force: true })
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    let pendingCharacters = 0
    socket.on('data', (chunk: Buffer) => {
      pendingCharacters = chunk.includes(10) ? 0 : pendingCharacters + chunk.length
      if (pendingCharacters > LINE_CHARACTERS_MAX) socket.destroy()
    })
    createInterface({ input: socket }).on('line', (line) => void socket.write(`${JSON.stringify(answer(line))}\n`)).on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // The folder is ours alone as well; the mode is set before anybody is told of the socket.
    server.listen(own, resolve)
  })
  chmodSync(own, 0o600)
  pointTo(path, own)
  return {
    close: () => new Promise((resolve) => {
      if (linkAt(path) === basename(own)) rmSync(path, { force: true })
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    }),
  }
}

/** Puts the link in place at once, and takes away the socket that it pointed to. */
function pointTo(path: string, own: string): void {
  const before = linkAt(path)
  const fresh = `${own}.new`
  rmSync(fresh, { force: true })
  symlinkSync(basename(own), fresh)
  renameSync(fresh, path)
  if (before !== null && before !== basename(own)) rmSync(join(dirname(path), before), { force: true })
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

/** Tells a running loop something and gives its answer; null: none runs here. */
export function tellControl(path: string, message: ControlMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const timer = setTimeout(() => socket.destroy(new Error('the loop does not answer')), ANSWER_MS)
    socket.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(null) : reject(error)))
    socket.once('close', () => clearTimeout(timer))
    socket.once('connect', () => {
      createInterface({ input: socket }).once('line', (line) => {
        socket.end()
        resolve(JSON.parse(line))
      }).on('error', reject)
      socket.write(`${JSON.stringify(message)}\n`)
    })
  })
}
