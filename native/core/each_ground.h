// Includes the file of every kind of ground distance from the folder SEMD_GROUNDS (a path from here), so that the kinds are
// listed in one place only, squared_emd.h. The preprocessor has no loops, hence the block for each possible number of a kind.
// There is no include guard, as this file is included once per folder.
#include "../include/squared_emd.h"

#ifndef SEMD_GROUND_FILE
#define SEMD_PLUS_ONE(NAME, FILE) +1
#define SEMD_GROUND_COUNT (0 SEMD_GROUND_KINDS(SEMD_PLUS_ONE))
#define SEMD_FILE(NAME, FILE) FILE,
#define SEMD_PICK_0(a, ...) a
#define SEMD_PICK_1(a, b, ...) b
#define SEMD_PICK_2(a, b, c, ...) c
#define SEMD_PICK_3(a, b, c, d, ...) d
#define SEMD_PICK_4(a, b, c, d, e, ...) e
#define SEMD_PICK_5(a, b, c, d, e, f, ...) f
#define SEMD_PICK_6(a, b, c, d, e, f, g, ...) g
#define SEMD_PICK_7(a, b, c, d, e, f, g, h, ...) h
#define SEMD_EXPAND(x) x  // MSVC passes on __VA_ARGS__ as one argument
#define SEMD_CALL(MACRO, ...) SEMD_EXPAND(MACRO(__VA_ARGS__))
#define SEMD_QUOTED(x) #x
#define SEMD_HEADER(folder, name) SEMD_QUOTED(folder/name.h)
// The list ends with a comma, so something must follow it; the void is never picked.
#define SEMD_GROUND_FILE(n) SEMD_CALL(SEMD_HEADER, SEMD_GROUNDS, SEMD_CALL(SEMD_PICK_##n, SEMD_GROUND_KINDS(SEMD_FILE) void))
#endif

#include SEMD_GROUND_FILE(0)
#if SEMD_GROUND_COUNT > 1
#include SEMD_GROUND_FILE(1)
#endif
#if SEMD_GROUND_COUNT > 2
#include SEMD_GROUND_FILE(2)
#endif
#if SEMD_GROUND_COUNT > 3
#include SEMD_GROUND_FILE(3)
#endif
#if SEMD_GROUND_COUNT > 4
#include SEMD_GROUND_FILE(4)
#endif
#if SEMD_GROUND_COUNT > 5
#include SEMD_GROUND_FILE(5)
#endif
#if SEMD_GROUND_COUNT > 6
#include SEMD_GROUND_FILE(6)
#endif
#if SEMD_GROUND_COUNT > 7
#include SEMD_GROUND_FILE(7)
#endif
#if SEMD_GROUND_COUNT > 8
#error "one more SEMD_PICK_ and one more block for the ninth kind"
#endif
