using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Signing;

/// <summary>A certificate that somebody entitled has asked for. Whether he is entitled was judged before; this is about what it looks like.</summary>
public sealed record IssuanceRequest
{
    /// <summary>Name of the profile.</summary>
    public required string Profile { get; init; }

    /// <summary>DER subject, from the RA's register; it need not have the stable identifier, which is added.</summary>
    public required ReadOnlyMemory<byte> SubjectDer { get; init; }

    /// <summary>The holder's new key, whose possession was proved.</summary>
    public required PublicKey SubjectPublicKey { get; init; }

    /// <summary>The stable identifier of the holder.</summary>
    public required string SubscriberId { get; init; }

    /// <summary>The certificate that is renewed; null for a first issue.</summary>
    public Certificate? RenewedFrom { get; init; }

    /// <summary>Values of the profile's subject extensions, by their names there; a renewal takes missing ones from the old certificate.</summary>
    public IReadOnlyDictionary<string, string> SubjectExtensions { get; init; } = new Dictionary<string, string>();

    /// <summary>The present.</summary>
    public required DateTimeOffset Now { get; init; }
}
