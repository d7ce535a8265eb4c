using System.Net;
using System.Net.Sockets;

namespace Rekey.Contract.Bridge;

/// <summary>From which network a call comes, for limits: an IPv6 customer has a whole /64.</summary>
public static class ClientNetwork
{
    /// <summary>A key for all addresses of a network; empty for no address.</summary>
    public static string Of(IPAddress? address) => address switch
    {
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address?.ToString() ?? "",
    };
}
