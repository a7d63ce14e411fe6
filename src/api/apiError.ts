import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { BadInput } from '../model/result.ts'
import type { Issue } from '../model/result.ts'

/** An answer that is an error: `code` to branch on, `message` to read. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

function sendError(response: Response, status: number, body: { readonly code: string; readonly message: string; readonly issues?: readonly Issue[] }): void {
  response.status(status).json({ error: body })
}

export const notFound: RequestHandler = (request, response) => sendError(response, 404, { code: 'notFound', message: `nothing is at ${request.path}: see / for the runs and /api/runs for their JSON` })

/** All of it is read-only. */
export const onlyReading: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') {
    next()
    return
  }
  response.set('Allow', 'GET, HEAD')
  sendError(response, 405, { code: 'methodNotAllowed', message: `${request.method} is not offered: only GET and HEAD are` })
}

/** Faults of ours are told to `onFault` and not to the asker. */
export function errorAnswers(onFault: (fault: unknown) => void): ErrorRequestHandler {
  return (fault: unknown, _request, response, next) => {
    if (response.headersSent) next(fault)
    else if (fault instanceof ApiError) sendError(response, fault.status, { code: fault.code, message: fault.message })
    else if (fault instanceof BadInput) sendError(response, 422, { code: 'badInput', message: fault.message, issues: fault.issues })
    else if (fault instanceof URIError) sendError(response, 400, { code: 'badAddress', message: 'the address holds a % that does not begin an escape' })
    else {
      onFault(fault)
      sendError(response, 500, { code: 'internal', message: 'the answer could not be made: see the log of plimsoll serve' })
    }
  }
}
