import * as z from 'zod'
import { parseInstant } from './instant.ts'

export const instantText = (about: string) =>
  z.string().refine((written) => parseInstant(written) !== null, { error: (issue) => `${JSON.stringify(issue.input)} is no instant: write ISO 8601 such as "2026-03-02T08:00:00Z"` }).meta({ description: about, examples: ['2026-03-02T08:00:00Z'] })
