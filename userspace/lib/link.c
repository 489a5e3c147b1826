// SPDX-License-Identifier: GPL-2.0-or-later
#include <netinet/in.h>

#include "link.h"

const struct df_link df_links[] = {
	{ "MAVLink", "192.168.1.10", IPPROTO_UDP, 14550 },
	{ "MAVLink", "192.168.42.1", IPPROTO_UDP, 14550 },
	{ "MAVLink", "192.168.42.1", IPPROTO_UDP, 14551 },
	{ "MAVLink", "192.168.42.1", IPPROTO_UDP, 14540 },
	{ "MAVLink", "192.168.42.1", IPPROTO_UDP, 14549 },
	{ "MAVLink", "192.168.42.1", IPPROTO_UDP, 18570 },
	{ "MAVLink", "192.168.42.1", IPPROTO_UDP, 18579 },
	{ "MAVLink", "192.168.42.1", IPPROTO_TCP, 5760 },
	{ "MAVLink broadcast", "192.168.42.255", IPPROTO_UDP, 14550 },
	{ "MAVLink broadcast", "255.255.255.255", IPPROTO_UDP, 14550 },
	{ "RTSP video", "192.168.42.1", IPPROTO_TCP, 554 },
	{ "RTSP video", "192.168.144.25", IPPROTO_TCP, 8554 },
	{ "RTP video", "192.168.42.1", IPPROTO_UDP, 5600 },
	{ "DJI Wi-Fi", "192.168.2.1", IPPROTO_UDP, 9003 },
	{ "DJI USB", "192.168.42.2", IPPROTO_UDP, 9003 },
	{ "Tello commands", "192.168.10.1", IPPROTO_UDP, 8889 },
	{ "Tello state", "192.168.10.1", IPPROTO_UDP, 8890 },
	{ "Tello video", "192.168.10.1", IPPROTO_UDP, 11111 },
	{ "Parrot", "192.168.42.1", IPPROTO_UDP, 44444 },
	{ "Parrot", "192.168.43.1", IPPROTO_UDP, 44444 },
	{ "Parrot", "192.168.53.1", IPPROTO_UDP, 44444 },
	{ "Herelink or SIYI", "192.168.144.10", IPPROTO_UDP, 14550 },
	{ "Herelink or SIYI", "192.168.144.11", IPPROTO_TCP, 8554 },
	{ "Auterion Skynode", "10.41.1.1", IPPROTO_UDP, 14550 },
};

const size_t df_link_count = sizeof(df_links) / sizeof(df_links[0]);
