import express from 'express'
import type { Express } from 'express'
import helmet from 'helmet'
import { errorAnswers, notFound, onlyReading } from './apiError.ts'
import { loopbackOnly } from './loopbackOnly.ts'
import { pageRoutes } from './pageRoutes.ts'
import { runRoutes } from './runRoutes.ts'
import type { RunSource } from './runSource.ts'

/**
 * The read-only view of a folder of runs: an index and reports for people, the run format as JSON for programs. Answers
 * only requests to this machine's own names; meant for `listenOnLoopback`.
 */
export function createApp(source: RunSource): Express {
  const app = express()
  app.disable('etag')
  // Plain strings only: no nested objects from brackets in an address.
  app.set('query parser', 'simple')
  app.use(helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], imgSrc: ['data:'], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: false,
  }))
  app.use(loopbackOnly, onlyReading)
  app.use('/api', runRoutes(source))
  app.use(pageRoutes(source))
  app.use(notFound)
  app.use(errorAnswers(source.onFault ?? (() => undefined)))
  return app
}
