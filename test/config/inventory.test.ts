import { describe, expect, it } from 'vitest'
import { parseInventory } from '../../src/config/inventory.ts'
import { assumedPower } from '../../src/model/power.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { BadInput } from '../../src/model/result.ts'

const parse = (text: string): ReturnType<typeof parseInventory> => parseInventory(parseSource('hosts.yaml', text))

function issuesOf(text: string): string[] {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof BadInput) return error.issues.map(({ path, message }) => `${path} ${message}`)
    throw error
  }
  return []
}

describe('a host inventory', () => {
  it('needs names only; what holds for all stands once', () => {
    expect(parse('defaults: { cores: 16, coreMhz: "2.4 GHz" }\nhosts:\n- name: a\n- { name: b, instance: ["b:9177", "b:9100"], cores: 32, memoryMib: "256 GiB" }')).toEqual({
      hostLabel: 'instance', vmLabel: 'domain',
      hosts: [
        { name: 'a', instances: ['a'], fields: { cores: 16, coreMhz: 2400 }, path: 'hosts.yaml:3 hosts[0]' },
        { name: 'b', instances: ['b:9177', 'b:9100'], fields: { cores: 32, coreMhz: 2400, memoryMib: 262_144 }, path: 'hosts.yaml:4 hosts[1]' },
      ],
    })
  })

  it('is refused with all faults at once, each with its line', () => {
    const issues = issuesOf('hostLabel: "a b"\nhosts:\n- { name: a, cors: 4 }\n- { name: b, instance: a, memoryMib: "2.4 GHz", state: off }\n- { name: b }\n')
    expect(issues).toEqual([
      'hosts.yaml:1 hostLabel is not a label: use letters, digits and "_", not beginning with a digit',
      expect.stringMatching(/^hosts.yaml:3 hosts\[0\].cors unknown key "cors": did you mean "cores"\?/),
      expect.stringMatching(/^hosts.yaml:4 hosts\[1\].memoryMib .*"GHz" is a unit of frequency/),
      expect.stringMatching(/^hosts.yaml:4 hosts\[1\].state unknown key/),
      expect.stringMatching(/^hosts.yaml:4 hosts\[1\].instance names "a", and so does hosts\[0\]/),
      expect.stringMatching(/^hosts.yaml:5 hosts\[2\].name is b, as that of hosts\[1\]/),
    ])
  })

  it.each([['hosts: []', 'empty'], ['{}', 'is missing'], ['hosts: [{ name: constructor }]', 'a reserved word']])('%s is refused', (text, message) => {
    expect(issuesOf(text).join()).toContain(message)
  })
})

it('power that nobody knows grows with the cores', () => {
  const { curveW } = assumedPower(32)
  expect([curveW[0], curveW[10], curveW.length]).toEqual([144, 368, 11])
})
