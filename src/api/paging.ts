import { ApiError } from './apiError.ts'

/** A part of a list, as asked for. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

/** Reads `offset` and `limit` of an address; refuses what is no whole number in range. */
export function readPage(query: Readonly<Record<string, unknown>>, limits: { readonly limitDefault: number; readonly limitMax: number }): Page {
  const offset = wholeNumber(query, 'offset', 0, Number.MAX_SAFE_INTEGER) ?? 0
  const limit = wholeNumber(query, 'limit', 1, limits.limitMax) ?? limits.limitDefault
  return { offset, limit }
}

function wholeNumber(query: Readonly<Record<string, unknown>>, name: string, least: number, most: number): number | null {
  const text = query[name]
  if (text === undefined) return null
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) throw new ApiError(400, 'badQuery', `${name} is ${JSON.stringify(text)}, expected a whole number from ${least} to ${most}`)
  return value
}

/** Where the next part begins; null at the end. */
export const nextOffset = ({ offset, limit }: Page, total: number): number | null => (offset + limit < total ? offset + limit : null)
