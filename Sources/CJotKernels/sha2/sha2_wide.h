// SHA-2 (FIPS 180-4 §6) with one message in each lane of a register: the definitions that
// sha2_lanes.h needs. Before including this, the kernel defines TARGET, INLINE, BLOCK and LANES;
// Word, V (a register of words) and ROUNDS; add; the functions of §4.1; constant(round); and
// gather, which loads a block of each lane. If it also defines FEW, it has a faster method for that
// few lanes, and defines run itself.

typedef struct {
  V words[8];
} Lanes;

INLINE Word swapped_word(Word word) {
  return sizeof word == 8 ? (Word)__builtin_bswap64(word) : (Word)__builtin_bswap32((unsigned)word);
}

/// One lane's part of a register: register types alias all others.
INLINE Word *word_of(const Lanes *lanes, size_t lane, int index) {
  return (Word *)&lanes->words[index] + lane;
}

INLINE void begin(Lanes *lanes, size_t lane, const void *words) {
  for (int i = 0; i < 8; i++)
    memcpy(word_of(lanes, lane, i), (const Word *)words + i, sizeof(Word));
}

INLINE void end(const Lanes *lanes, size_t lane, unsigned char *digest, size_t length) {
  for (int i = 0; i < (int)(length / sizeof(Word)); i++) {
    Word word;
    memcpy(&word, word_of(lanes, lane, i), sizeof word);
    word = swapped_word(word);
    memcpy(digest + i * sizeof word, &word, sizeof word);
  }
}

INLINE void move(Lanes *lanes, size_t to, size_t from) {
  for (int i = 0; i < 8; i++)
    memcpy(word_of(lanes, to, i), word_of(lanes, from, i), sizeof(Word));
}

/// Sixteen rounds from `round` on; each word is replaced by the word sixteen rounds later, if any.
INLINE void sixteen_rounds(V s[8], V w[16], int round, int is_last) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    V t = add(add(add(s[7], constant(round + i)), w[i]), add(sum1(s[4]), choose(s[4], s[5], s[6])));
    V u = add(sum0(s[0]), majority(s[0], s[1], s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = add(s[3], t);
    s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = add(t, u);
    if (!is_last) {
      V more = add(sigma0(w[(i + 1) % 16]), sigma1(w[(i + 14) % 16]));
      w[i] = add(add(w[i], w[(i + 9) % 16]), more);
    }
  }
}

INLINE void run_wide(
    Lanes *lanes, const unsigned char *next[LANES], size_t active, size_t blocks) {
  // A lane without a message repeats the first one's.
  for (size_t lane = active; lane < LANES; lane++) next[lane] = next[0];
  V before[8];
  for (int i = 0; i < 8; i++) before[i] = lanes->words[i];
  for (size_t at = 0; at < blocks * BLOCK; at += BLOCK) {
    V w[16], s[8];
    gather(w, next, at);
    for (int i = 0; i < 8; i++) s[i] = before[i];
    for (int round = 0; round < ROUNDS - 16; round += 16) sixteen_rounds(s, w, round, 0);
    sixteen_rounds(s, w, ROUNDS - 16, 1);
    for (int i = 0; i < 8; i++) before[i] = add(before[i], s[i]);
  }
  for (int i = 0; i < 8; i++) lanes->words[i] = before[i];
}

#ifndef FEW
TARGET static void run(
    Lanes *lanes, const unsigned char *next[LANES], size_t active, size_t blocks) {
  run_wide(lanes, next, active, blocks);
}
#endif
