import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Order of test files: those that mostly wait for real hosts first, so that the others fill the waiting instead of preceding it. */
export default class LiveFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const live = (file: TestSpecification): boolean => /[\\/]test[\\/]live[\\/]/.test(file.moduleId)
    return [...sorted.filter(live), ...sorted.filter((file) => !live(file))]
  }
}
