import { isNotThere } from './classify-error'

/** Null for what does not exist. */
export async function whenThere<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}
