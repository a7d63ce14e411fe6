import type { Express, RequestHandler } from 'express'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { ApiError } from './apiError.ts'

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Refuses requests whose Host header names another machine: a page elsewhere could point its own name at 127.0.0.1 (DNS
 * rebinding) and read the runs through the visitor's browser.
 */
export const loopbackOnly: RequestHandler = (request, _response, next) => {
  const name = hostName(request.headers.host)
  if (name === null || !LOOPBACK_NAMES.has(name)) {
    throw new ApiError(403, 'foreignHost', `the Host header names ${JSON.stringify(request.headers.host ?? '')}: use http://127.0.0.1 or http://localhost`)
  }
  next()
}

/** Without the port; null where the header is no host at all. */
function hostName(header: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(header ?? '')
  return match?.[1]?.toLowerCase() ?? null
}

/** Listens on 127.0.0.1 only; port 0 takes a free one. Rejects when the port is taken. */
export function listenOnLoopback(app: Express, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(app)
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
