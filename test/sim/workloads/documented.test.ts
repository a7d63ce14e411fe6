import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LOAD_FORMATS, readLoad } from '../../../sim/workloads/formats.ts'
import { DEFAULT_LOAD_OPTIONS } from '../../../sim/workloads/load.ts'
import { folderOf } from './support.ts'

const page = readFileSync(new URL('../../../docs/formats/workloads.md', import.meta.url), 'utf8')

/** The first code block after a text of the page. */
const blockAfter = (text: string): string => /```\w+\n(.*?)```/s.exec(page.slice(page.indexOf(text)))![1]!

describe('the page on workloads', () => {
  it('shows a load folder that can be read', () => {
    const files = new Map([['load.json', blockAfter('**load.json**')], ['cpu.csv', blockAfter('| `network.csv`, `disk.csv`')], ['vms.csv', blockAfter('| `cpu`, `memory`, `network`, `disk` |')]])
    const { workload, startUnixMs } = readLoad('load', folderOf('example', files))
    expect(startUnixMs).toBe(Date.UTC(2011, 2, 3))
    expect([...workload.cpu!.codes]).toEqual([24, 3, NaN, 5, 47, 4])
    expect(workload.vms.map(({ vm, host, cpuColumn }) => [vm.id, vm.class, host, cpuColumn])).toEqual([['web-1', 'gold', 'host-1', 0], ['db-1', 'standard', 'host-2', 1]])
  })

  it('lists each format with what it accepts and the options that it obeys', () => {
    for (const { name, accepts, options } of LOAD_FORMATS) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))!
      expect(row.split('|')[2]!.trim()).toBe(accepts.join(' or '))
      expect(row.split('|')[4]!.trim()).toBe(options.map((option) => `\`${option}\``).join(', '))
    }
    for (const option of Object.keys(DEFAULT_LOAD_OPTIONS)) expect(page).toMatch(new RegExp(`\\| \`${option}\` \\|`))
  })
})
