// Values whose origin the compiler must not see, so that it keeps the instructions as they are
// written, and in their order. Plain C stand-ins have neither, nor such registers.
#pragma once

#if defined(JOT_STAND_INS)
#define OPAQUE(x) (void)0
#define IN_ORDER_2(a, b) (void)0
#define IN_ORDER_4(a, b, c, d) (void)0
#else
/// Hides where a vector comes from.
#define OPAQUE(x) __asm__("" : "+x"(x))
/// As above, for several at once, which fixes the order of instructions around it.
#define IN_ORDER_2(a, b) __asm__ volatile("" : "+x"(a), "+x"(b))
#define IN_ORDER_4(a, b, c, d) __asm__ volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d))
#endif
