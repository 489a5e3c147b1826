// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ground station under Mono, as Mission Planner is: heartbeats to the aircraft,
 * and an upload to a vendor.
 *
 * usage: mono Ground.exe DRONE COUNT VENDOR
 */
using System;
using System.Net;
using System.Net.Sockets;
using System.Text;

class Ground
{
	static int Fly(string drone, int count)
	{
		var link = new UdpClient();
		var from = new IPEndPoint(IPAddress.Any, 0);
		var answered = 0;

		link.Client.ReceiveTimeout = 10000;
		link.Connect(IPAddress.Parse(drone), 14550);
		for (var i = 0; i < count; i++) {
			var frame = new byte[] {
				0xfe, 9, (byte)i, 255, 190, 0, 0, 0, 0, 0, 6, 8, 0, 4, 3, 0, 0
			};

			link.Send(frame, frame.Length);
			if (link.Receive(ref from).Length == frame.Length)
				answered++;
		}
		return answered;
	}

	static string Upload(string vendor)
	{
		try {
			var client = new TcpClient();

			client.Connect(IPAddress.Parse(vendor), 80);
			var head = Encoding.ASCII.GetBytes(
				"POST / HTTP/1.1\r\nContent-Length: 65536\r\n\r\n");
			client.GetStream().Write(head, 0, head.Length);
			client.GetStream().Write(new byte[65536], 0, 65536);
			client.GetStream().Read(head, 0, head.Length);
			client.Close();
			return "sent";
		} catch (SocketException error) {
			return error.SocketErrorCode.ToString();
		}
	}

	static void Main(string[] args)
	{
		Console.WriteLine("heartbeats " + Fly(args[0], int.Parse(args[1])));
		Console.WriteLine("upload " + Upload(args[2]));
	}
}
