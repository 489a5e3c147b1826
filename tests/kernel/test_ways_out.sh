#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every way out that tests/ways-out knows, tried against the module.
#
# vm: --timeout 600 --file tests/ways-out:/ways-out --file build/ways-out:/ways-out/bin
# vm: --bin nft --module nf_tables --module nft_chain_nat --module nft_nat
# vm: --module nft_socket --module nf_socket_ipv4 --module nf_socket_ipv6
# vm: --module nft_reject_inet --module tcp_diag --module udp_diag --module tun
# vm: --module pppoe? --module sctp? --module dccp_ipv4? --module dccp_ipv6?
# vm: --module l2tp_ip? --module l2tp_ip6? --module rds_tcp?
# vm: --module tls? --module gcm? --module ghash-generic? --module ctr?
# apt: nftables
exec /ways-out/run.sh dronefence
