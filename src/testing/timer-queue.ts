/** One callback that waits for its time. */
export interface Timer {
  readonly due: number
  readonly callback: () => void
  cancelled: boolean
}

/** Keeps timers in the order in which they are due, those of one instant in the order in which they were set. */
export interface TimerQueue {
  /** How many wait, those that were cancelled left out. */
  readonly size: number
  /** When the next one is due; undefined when none ever will be. */
  readonly nextDue: number | undefined
  add(due: number, callback: () => void): Timer
  cancel(timer: Timer): void
  /** Takes the next one out. */
  take(): Timer | undefined
}

interface Entry extends Timer {
  readonly order: number
}

/** Makes an empty queue: a binary heap, for tests with thousands of concurrent calls set thousands of timers. */
export function createTimerQueue(): TimerQueue {
  const heap: Entry[] = []
  let order = 0
  let size = 0

  return {
    get size() {
      return size
    },
    get nextDue() {
      dropCancelled(heap)
      const due = heap[0]?.due
      return due === Number.POSITIVE_INFINITY ? undefined : due
    },
    add(due, callback) {
      const entry: Entry = { due, callback, cancelled: false, order: order++ }
      size++
      heap.push(entry)
      rise(heap)
      return entry
    },
    cancel(timer) {
      if (timer.cancelled) return
      timer.cancelled = true
      size--
    },
    take() {
      dropCancelled(heap)
      const entry = removeFirst(heap)
      if (entry) {
        // A timer that has run can no longer be cancelled.
        entry.cancelled = true
        size--
      }
      return entry
    },
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

function dropCancelled(heap: Entry[]): void {
  while (heap[0]?.cancelled) removeFirst(heap)
}

function removeFirst(heap: Entry[]): Entry | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last && heap.length > 0) {
    heap[0] = last
    sink(heap)
  }
  return first
}

function rise(heap: Entry[]): void {
  let index = heap.length - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(heap[index]!, heap[parent]!)) return
    index = swap(heap, index, parent)
  }
}

function sink(heap: Entry[]): void {
  let index = 0
  for (;;) {
    const left = 2 * index + 1
    if (left >= heap.length) return
    const right = left + 1
    const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left
    if (!isBefore(heap[child]!, heap[index]!)) return
    index = swap(heap, index, child)
  }
}

function swap(heap: Entry[], from: number, to: number): number {
  const entry = heap[from]!
  heap[from] = heap[to]!
  heap[to] = entry
  return to
}
