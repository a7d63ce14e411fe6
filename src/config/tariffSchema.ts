import * as z from 'zod'
import { invariant } from '../model/result.ts'
import type { StepSeries, Tariff } from '../model/tariff.ts'
import { strict, text } from './fields.ts'
import { parseInstant } from './instant.ts'
import { instantText } from './instantText.ts'
import { windowSchema, windowsOf } from './windowSchema.ts'

const amount = (about: string, min: number, max: number) => z.number().min(min).max(max).meta({ description: about })

/** A number; a week of rows over a base; or steps at instants. */
function series(about: string, min: number, max: number) {
  const value = amount('The value.', min, max)
  return z
    .union([
      value,
      strict({ base: value, rows: z.array(strict({ ...windowSchema.shape, value })).min(1).max(1000).meta({ description: 'Stretches of the week; of several the first holds, outside all the base.' }) }),
      strict({ csv: text('A CSV file, relative to this one, with a column `from` of instants and one of values.', 1000), column: text('The column of values; needed where the file has several.', 200).optional() }).refine(() => false, { error: 'is a CSV file, which is read only where a policy or scenario file names it: write steps here' }),
      strict({ steps: z.array(strict({ from: instantText('From here on.'), value })).min(1).max(100_000).superRefine(inOrder).meta({ description: 'In order of time; before the first, its value holds too, and after the last, its.' }) }),
    ])
    .meta({ description: about })
}

function inOrder(steps: readonly { readonly from: string }[], context: z.RefinementCtx): void {
  for (let index = 1; index < steps.length; index++) {
    const [before, from] = [parseInstant(steps[index - 1]!.from), parseInstant(steps[index]!.from)]
    if (before !== null && from !== null && from <= before) context.addIssue({ code: 'custom', path: [index, 'from'], message: 'is not after the step before it: put the steps in order of time' })
  }
}

/** What energy, wear and traffic cost. */
export const tariffSchema = strict(
  {
    currency: z.string().regex(/^[A-Z]{3}$/, { error: (issue) => `is ${JSON.stringify(issue.input)}, expected three capital letters such as "EUR"` }).optional().meta({ description: 'Three letters of ISO 4217; EUR without it.' }),
    pricePerKwh: series('Price of a kWh at the plug; may be negative.', -1000, 1000),
    carbonGPerKwh: series('Carbon intensity of the grid, in gCO2e per kWh; not known without it.', 0, 5000).optional(),
    carbonPricePerKg: amount('What a kg of CO2e counts for besides its energy; 0 without it.', 0, 1000).optional(),
    pricePerPowerCycle: amount('Wear of switching a host off and on once; 0 without it.', 0, 1000).optional(),
    pricePerMigratedGib: amount('What sending a GiB in a migration counts for besides its energy; 0 without it.', 0, 1000).optional(),
  },
  'What energy, wear and traffic cost, in one currency.',
)
export type TariffFields = z.output<typeof tariffSchema>

/** A tariff as a value; its zones are tabled around an instant (Unix ms). */
export function tariffOf(fields: TariffFields, aroundMs: number): Tariff {
  return {
    currency: fields.currency ?? 'EUR', pricePerKwh: seriesOf(fields.pricePerKwh, aroundMs), carbonGPerKwh: fields.carbonGPerKwh === undefined ? null : seriesOf(fields.carbonGPerKwh, aroundMs),
    carbonPricePerKg: fields.carbonPricePerKg ?? 0, pricePerPowerCycle: fields.pricePerPowerCycle ?? 0, pricePerMigratedGib: fields.pricePerMigratedGib ?? 0,
  }
}

function seriesOf(fields: TariffFields['pricePerKwh'], aroundMs: number): StepSeries {
  if (typeof fields === 'number') return { kind: 'weekly', base: fields, rows: [] }
  invariant(!('csv' in fields), 'a series in a CSV file was read before')
  if ('steps' in fields) return { kind: 'steps', fromUnixMs: fields.steps.map(({ from }) => parseInstant(from) ?? 0), values: fields.steps.map(({ value }) => value) }
  return { kind: 'weekly', base: fields.base, rows: fields.rows.flatMap(({ value, ...window }) => windowsOf([window], aroundMs).map((one) => ({ window: one, value }))) }
}
