/**
 * All results in order. When one task fails, `abort` stops the others, and the failure is thrown once all
 * have ended: no task is left running.
 */
export async function allOrAbort<T>(
  tasks: readonly Promise<T>[],
  abort: (reason: unknown) => void,
): Promise<T[]> {
  try {
    return await Promise.all(tasks);
  } catch (error) {
    abort(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}
