import { fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'

/** The process that holds libvirt's library, as it is shipped. */
const begin = () => fork('dist/libvirt.js', [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })

describe("libvirt's process", () => {
  it.each([
    ['before it listens', () => Promise.resolve()],
    ['while it serves', (child: ReturnType<typeof begin>) => {
      child.send({ id: 1, uri: 'test:///default', probe: null, call: 'inventory', input: {} })
      return once(child, 'message')
    }],
  ])('ends by itself when its parent goes %s', async (_, ready) => {
    const child = begin()
    const ended = once(child, 'exit')
    await ready(child)
    child.disconnect()
    expect(await ended).toEqual([null, 'SIGKILL'])
  })
})
