// The C library's own settings of its allocator, which the Glibc module leaves out.
#pragma once
#include <malloc.h>
