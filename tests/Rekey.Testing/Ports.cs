using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Rekey.Testing;

/// <summary>
/// Free loopback ports, from below those that the system gives to outgoing connections: a server that stops and starts again at its address
/// would now and then find a client's connection there.
/// </summary>
public static class Ports
{
    private const int First = 10_000;

    private static readonly int Ephemeral = EphemeralFirst();
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>One that nobody listened on a moment ago, and that this process is given once.</summary>
    public static int Free() => Free(1);

    /// <summary>The first of <paramref name="count"/> such ports in a row.</summary>
    public static int Free(int count)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var first = RandomNumberGenerator.GetInt32(First, Ephemeral - count);
            if (Enumerable.Range(first, count).All(port => Given.TryAdd(port, true) && IsFree(port)))
            {
                return first;
            }
        }

        throw new InvalidOperationException("No free port was found.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int EphemeralFirst()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        var first = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split('\t', ' ')[0], CultureInfo.InvariantCulture) : 0;
        return first > First + 1000 ? first : 32_768;
    }
}
