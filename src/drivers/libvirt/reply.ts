import type { FailureClass, Reply } from '../../execute/protocol/effects.ts'
import { meaningOf } from './errors.ts'
import type { Answer } from './messages.ts'

const TEXT_MAX = 500

/** Refused by us: nothing reached the hypervisor. */
export const notDone = (id: string, kind: FailureClass, text: string): Reply => ({ id, ok: false, failure: { class: kind, code: null, domain: null, text: clean(text) } })

/** Begun, and its outcome not known. */
export const begun = (id: string, text: string): Reply => notDone(id, 'unknown', text)

export function replyOf(id: string, answer: Answer<unknown>): Reply {
  if (answer.ok) return { id, ok: true, failure: null }
  const { failure } = answer
  return { id, ok: false, failure: { class: meaningOf(failure).class, code: failure.code, domain: failure.domain, text: clean(failure.text) } }
}

/** One line, and no book: a hook's refusal quotes its command line and paths. */
const clean = (text: string): string => text.replace(/\s+/g, ' ').replace(/(Hook script execution failed:).*?(plimsoll: [^:]*)?$/, (_, begin: string, reason: string | undefined) => (reason === undefined ? begin.slice(0, -1) : `${begin} ${reason}`)).slice(0, TEXT_MAX)
