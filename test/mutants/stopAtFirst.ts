import { afterEach, beforeEach } from 'vitest'

// One red test is enough to know: the rest of its file is left out.
let red = false
beforeEach(({ skip }) => {
  if (red) skip()
})
afterEach(({ task }) => {
  if (task.result?.state === 'fail') red = true
})
