import type { Published } from './published.ts'

const short = (value: number): string => String(Number(value.toPrecision(2)))

const tolerance = ({ absolute, relative }: Published): string => (relative === 0 ? short(absolute) : `${short(absolute)} + ${short(100 * relative)} %`)

/** A Markdown table: published figures, generated ones, and the tolerance that a test holds them to. */
export function fitTable(figures: readonly Published[], generated: readonly (readonly number[])[]): string {
  const rows = figures.map((figure, index) => `| ${figure.name} | ${figure.published.map(short).join(' / ')} | ${generated[index]!.map(short).join(' / ')} | ${tolerance(figure)} |`)
  return ['| figure | published | generated, seed 7 | tolerance |', '|---|---|---|---|', ...rows].join('\n')
}
