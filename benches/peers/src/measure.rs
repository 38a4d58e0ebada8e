//! Time and allocations of one piece of work, beside others.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The processor time of this thread: on a busy machine, the time of others does not count.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place to write to.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// One crate's way to do a step.
pub struct Contender {
    pub who: &'static str,
    /// Does the work so many times, and says how long that took and how many allocations it made.
    work: Box<dyn FnMut(u32) -> (Duration, u64)>,
    samples: Vec<f64>,
    iterations: u32,
}

/// What a contender needs for a step.
pub struct Cost {
    pub who: &'static str,
    /// The fastest round, in microseconds: other work on the machine only makes a round slower.
    pub micros: f64,
    pub allocations: u64,
}

impl Contender {
    pub fn new<T>(who: &'static str, mut work: impl FnMut() -> T + 'static) -> Self {
        Self::consuming(who, || (), move |()| work())
    }

    /// For work that uses something up, which is made beforehand and not counted.
    pub fn consuming<I, T>(
        who: &'static str,
        mut make: impl FnMut() -> I + 'static,
        mut work: impl FnMut(I) -> T + 'static,
    ) -> Self {
        let work = Box::new(move |times: u32| {
            let (mut time, mut allocations, mut left) = (Duration::ZERO, 0, times);
            while left > 0 {
                // A few at a time: they are in the cache still, as what a login has just made is.
                let batch = left.min(32);
                left -= batch;
                let inputs: Vec<I> = (0..batch).map(|_| make()).collect();
                let before = ALLOCATIONS.load(Ordering::Relaxed);
                let start = processor_time();
                for input in inputs {
                    drop(std::hint::black_box(work(input)));
                }
                time += processor_time() - start;
                allocations += ALLOCATIONS.load(Ordering::Relaxed) - before;
            }
            (time, allocations)
        });
        Self { who, work, samples: Vec::new(), iterations: 1 }
    }

    /// Chooses how often the work is done for a sample of about half a millisecond.
    fn warm_up(&mut self) {
        while (self.work)(self.iterations).0 < Duration::from_micros(500) && self.iterations < 1 << 20 {
            self.iterations *= 2;
        }
    }

    /// Microseconds of processor time for one time.
    fn sample(&mut self) -> f64 {
        (self.work)(self.iterations).0.as_secs_f64() * 1e6 / f64::from(self.iterations)
    }

    fn cost(mut self) -> Cost {
        let fastest = self.samples.iter().copied().fold(f64::INFINITY, f64::min);
        Cost { who: self.who, micros: fastest, allocations: (self.work)(1).1 }
    }
}

/// The cost of each, measured in turns, so that what the machine does besides hits all of them.
pub fn compare(mut contenders: Vec<Contender>, rounds: usize) -> Vec<Cost> {
    contenders.iter_mut().for_each(Contender::warm_up);
    for _ in 0..rounds {
        for contender in &mut contenders {
            let sample = contender.sample();
            contender.samples.push(sample);
        }
    }
    contenders.into_iter().map(Contender::cost).collect()
}
