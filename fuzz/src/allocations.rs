//! How much is allocated: a counter around the system's allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        BYTES.fetch_add(size.saturating_sub(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a run may allocate whatever its input, in bytes.
const CONSTANT: usize = 64 * 1024;
/// What it may allocate for each byte of input. An array of empty arrays costs most: 3 bytes of JSON, 32 of memory, and
/// what the vector around it grows by.
const PER_BYTE: usize = 256;

/// Runs `work` and holds what it allocates against a bound that is linear in the length of its input.
///
/// # Panics
///
/// When it allocates more.
pub fn bounded<T>(input: &[u8], work: impl FnOnce() -> T) -> T {
    let before = BYTES.load(Ordering::Relaxed);
    let result = work();
    let allocated = BYTES.load(Ordering::Relaxed).wrapping_sub(before);
    let bound = CONSTANT + PER_BYTE * input.len();
    assert!(allocated <= bound, "{allocated} bytes allocated for {} bytes of input, more than {bound}", input.len());
    result
}
