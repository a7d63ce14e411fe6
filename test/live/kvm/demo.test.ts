import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KvmStory } from '../demo/kvmStory.ts'
import { whyNoBed } from '../support/beds.ts'

const why = whyNoBed('kvm')

describe.skipIf(why !== null)(`a loop that acts on three KVM hosts${why === null ? '' : ` (${why})`}`, () => {
  let story: KvmStory
  const heard: string[] = []
  let isBroken = false
  beforeAll(() => {
    story = new KvmStory((line) => void heard.push(line), { place: 4 })
  })
  afterAll(async () => {
    if (isBroken) console.error(heard.slice(-30).join('\n'))
    await story.close()
  }, 180_000)

  for (const title of KvmStory.titles) {
    it(title, async () => {
      // One scene goes on from the last: after one that broke, the others say nothing.
      expect(isBroken, 'a scene before this one broke').toBe(false)
      isBroken = true
      expect(await story.scenes.find((scene) => scene.title === title)!.play()).not.toBe('')
      isBroken = false
    }, 420_000)
  }
})
