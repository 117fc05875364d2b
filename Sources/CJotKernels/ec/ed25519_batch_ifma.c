// Ed25519 of a batch with AVX-512's 52-bit multiplication: a signature in each of eight lanes, with
// the formulas of ed25519_points.h.
#include "jot_ed25519.h"

#if defined(JOT_X86_KERNELS)
#define IFMA __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,bmi2")))
#define INLINE IFMA __attribute__((always_inline)) static inline
#include "ed25519_field51.h"
#include "ed25519_lanes.h"
#include "ed25519_table.h"

enum { LANES = 8, GROUPS = JOT_ED25519_BATCH / LANES };

/// Eight signatures: s B - h A of each, and the product of all z in the same lane before it.
typedef struct {
  Lanes x, y, z, before;
  const unsigned char *signatures[LANES];
} Group;

/// Sums in progress: y - x, y + x and t as factors, x, y and z as columns.
typedef struct {
  Lanes difference, sum, t, x, y, z;
} Sums;

typedef struct {
  signed char digits[LANES][DIGITS];
  const Key *keys[LANES];
} Choice;

/// The entries of a step, and a mask of those to be subtracted.
typedef struct {
  const Entry *entries[LANES];
  unsigned negative;
} Step;

/// Finds the entries of a step, and prefetches them.
INLINE Step step_at(const Choice *choice, size_t at) {
  Step step = {.negative = 0};
  for (int lane = 0; lane < LANES; lane++) {
    const signed char *digits = choice->digits[lane];
    prefetch(choice->keys[lane], at, digits);
    step.entries[lane] = entry_at(choice->keys[lane], at, digits[at]);
    step.negative |= (unsigned)(digits[at] < 0) << lane;
  }
  return step;
}

/// Numbers of 32 bytes, one in each lane.
INLINE Lanes lanes_of(const void *const numbers[LANES]) {
  Word8 pairs[4] = {pair_of(numbers[0], numbers[2]), pair_of(numbers[1], numbers[3]),
                    pair_of(numbers[4], numbers[6]), pair_of(numbers[5], numbers[7])};
  return transposed(pairs);
}

INLINE void add_entries(Sums *sums, const Step *step) {
  const void *sum[LANES], *difference[LANES], *xy[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    const Number *parts = step->entries[lane]->parts;
    int is_negative = step->negative >> lane & 1;
    sum[lane] = &parts[is_negative], difference[lane] = &parts[!is_negative];
    xy[lane] = &parts[PRODUCT];
  }
  Lanes factor = lanes_of(difference);
  Lanes a = product(&sums->difference, &factor);
  factor = lanes_of(sum);
  Lanes b = product(&sums->sum, &factor);
  factor = lanes_of(xy);
  Lanes c = product(&sums->t, &factor);
  for (int at = 0; at < 5; at++)
    c.limbs[at] =
        _mm512_mask_sub_epi64(c.limbs[at], (__mmask8)step->negative, bias(at), c.limbs[at]);
  Lanes d = sum_of(&sums->z, &sums->z);
  Lanes e = carried(difference_of(&b, &a)), h = carried(sum_of(&b, &a));
  Lanes f = carried(difference_of(&d, &c)), g = carried(sum_of(&d, &c));
  sums->x = product(&e, &f), sums->y = product(&g, &h);
  sums->z = product(&f, &g);
  sums->t = carried(product(&e, &h));
  sums->difference = carried(difference_of(&sums->y, &sums->x));
  sums->sum = carried(sum_of(&sums->y, &sums->x));
}

/// Fills a group; lanes without a signature repeat the first. Returns the mask of the signatures
/// whose s is in range; the others' sums are neutral, since they must not spoil the products.
IFMA static unsigned combine(Group *group, const jot_ed25519_job *jobs, size_t count) {
  Choice choice;
  unsigned mask = 0;
  for (size_t lane = 0; lane < LANES; lane++) {
    const jot_ed25519_job *job = jobs + (lane < count ? lane : 0);
    choice.keys[lane] = (const Key *)job->key;
    group->signatures[lane] = job->signature;
    int is_in_range = choose_entries(choice.digits[lane], job);
    if (!is_in_range) __builtin_memset(choice.digits[lane], 0, sizeof choice.digits[lane]);
    mask |= (unsigned)is_in_range << lane;
  }
  Lanes one = all_lanes(1), zero = all_lanes(0);
  Sums sums = {one, one, zero, zero, one, one};
  Step next = step_at(&choice, 0);
  for (size_t at = 1; at <= DIGITS; at++) {
    Step step = next;
    next = step_at(&choice, at < DIGITS ? at : 0);
    add_entries(&sums, &step);
  }
  group->x = carried(sums.x), group->y = carried(sums.y), group->z = carried(sums.z);
  return mask & ((1u << count) - 1);
}

/// Returns the inverses of eight numbers, by that of their product (Montgomery).
IFMA static Lanes inverses(const Lanes *x) {
  Word words[5][LANES];
  store(words, x);
  Field fields[LANES], before[LANES], all = {{1}};
  for (int lane = 0; lane < LANES; lane++) {
    for (int at = 0; at < 5; at++) fields[lane].limbs[at] = words[at][lane];
    before[lane] = all;
    multiply(&all, &all, &fields[lane]);
  }
  Number number;
  to_number(&number, &all);
  invert_number(&number);
  from_number(&all, &number);
  for (int lane = LANES - 1; lane >= 0; lane--) {
    multiply(&before[lane], &before[lane], &all);
    multiply(&all, &all, &fields[lane]);
    for (int at = 0; at < 5; at++) words[at][lane] = before[lane].limbs[at];
  }
  Lanes result;
  for (int at = 0; at < 5; at++) result.limbs[at] = _mm512_loadu_si512(words[at]);
  return result;
}

/// Returns the mask of the lanes where the group's point encodes as its signature's first half.
INLINE unsigned matching(const Group *group, const Lanes *inverse) {
  Lanes x = product(&group->x, inverse), y = product(&group->y, inverse);
  x = reduced(carried(x)), y = reduced(carried(y));
  const void *bytes[LANES];
  for (int lane = 0; lane < LANES; lane++) bytes[lane] = group->signatures[lane];
  Lanes r = lanes_of(bytes);
  // The sign of x is the bit above y's last limb.
  y.limbs[4] = plus(y.limbs[4], _mm512_slli_epi64(x.limbs[0], 63 - 12));
  y.limbs[4] = _mm512_and_si512(y.limbs[4], spread(((Word)1 << 52) - 1));
  unsigned mask = (1u << LANES) - 1;
  for (int at = 0; at < 5; at++) mask &= _mm512_cmpeq_epi64_mask(y.limbs[at], r.limbs[at]);
  return mask;
}

IFMA unsigned jot_ed25519_verify_batch_ifma(const jot_ed25519_job *jobs, size_t count) {
  if (count > JOT_ED25519_BATCH) return 0;
  Group groups[GROUPS];
  unsigned valid = 0, mask = 0;
  size_t filled = 0;
  Lanes all = all_lanes(1);
  for (size_t at = 0; at < count; at += LANES) {
    size_t rest = count - at < LANES ? count - at : LANES;
    // Eight lanes take as long as three signatures one by one.
    if (rest <= 3) {
      for (; at < count; at++) valid |= (unsigned)jot_ed25519_verify_ifma(jobs + at) << at;
      break;
    }
    Group *group = &groups[filled++];
    mask |= combine(group, jobs + at, rest) << at;
    group->before = all;
    all = carried(product(&all, &group->z));
  }
  if (filled > 0) all = inverses(&all);
  while (filled-- > 0) {
    const Group *group = &groups[filled];
    Lanes inverse = carried(product(&all, &group->before));
    all = carried(product(&all, &group->z));
    valid |= (matching(group, &inverse) << LANES * filled) & mask;
  }
  return valid;
}

#else
unsigned jot_ed25519_verify_batch_ifma(const jot_ed25519_job *jobs, size_t count) { return 0; }
#endif
