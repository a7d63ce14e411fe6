import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import type { SecretPlace } from '../model/powerControl.ts'
import { type Result, done, refuse } from '../model/result.ts'

const HIDDEN = '***'
/** Passwords that a management controller takes are far shorter. */
const LENGTH_MAX = 4096

/** A secret that can't be printed by mistake: as text, as JSON and under inspection it is `***`. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The value itself; only for the one call that needs it. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return HIDDEN
  }
  toJSON(): string {
    return HIDDEN
  }
  [inspect.custom](): string {
    return HIDDEN
  }
}

/** Reads a secret from where the inventory says it is; refuses when it is not there or empty. A file's last line feed is not part of it. */
export function readSecret(place: SecretPlace, environment: NodeJS.ProcessEnv): Result<Secret> {
  if ('environment' in place) {
    const value = environment[place.environment]
    return value === undefined || value === '' ? refuse('noSecret', `the environment has no ${place.environment}: set it for this program, or name a file`) : checked(value, place.environment)
  }
  try {
    return checked(readFileSync(place.file, 'utf8').replace(/\r?\n$/, ''), place.file)
  } catch (error) {
    return refuse('noSecret', `${place.file} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): it must hold the secret and be readable by this program's user`)
  }
}

function checked(value: string, name: string): Result<Secret> {
  if (value === '') return refuse('noSecret', `${name} is empty: it must hold the secret`)
  if (value.length > LENGTH_MAX) return refuse('secretTooLong', `${name} holds ${value.length} characters, expected at most ${LENGTH_MAX}`)
  // eslint-disable-next-line no-control-regex -- A control character in a password is a file of another kind.
  return /[\0-\x1f]/.test(value) ? refuse('secretNotText', `${name} holds control characters: it must hold one line of text`) : done(new Secret(value))
}
