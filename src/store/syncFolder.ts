import { open } from 'node:fs/promises'

/** Makes what was created, renamed or removed in a folder outlive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
