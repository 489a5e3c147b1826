/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_EVENT_TEXT_H
#define DFENCE_EVENT_TEXT_H

#include "event.h"

void dfence_event_print(const struct dfence_event *event, u32 suppressed);

#endif /* DFENCE_EVENT_TEXT_H */
