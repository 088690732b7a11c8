// What Swift cannot import from libpq by itself: macros that are character literals.
#pragma once
#include <libpq-fe.h>

static const int PGTRAWL_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int PGTRAWL_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int PGTRAWL_DIAG_MESSAGE_PRIMARY = PG_DIAG_MESSAGE_PRIMARY;
static const int PGTRAWL_DIAG_MESSAGE_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int PGTRAWL_DIAG_MESSAGE_HINT = PG_DIAG_MESSAGE_HINT;
static const int PGTRAWL_DIAG_CONTEXT = PG_DIAG_CONTEXT;
static const int PGTRAWL_DIAG_CONSTRAINT_NAME = PG_DIAG_CONSTRAINT_NAME;
