export { seededRng } from '../src/model/seededRng.ts'
