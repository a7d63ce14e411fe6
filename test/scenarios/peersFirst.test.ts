import { describe, expect, it } from 'vitest'
import { provesSituation, situations } from '../support/peersSuite.ts'

describe('scenarios/peers', () => {
  it('holds at least 20 situations', () => {
    expect(situations.length).toBeGreaterThanOrEqual(20)
  })

  situations.slice(0, Math.ceil(situations.length / 2)).forEach(provesSituation)
})
