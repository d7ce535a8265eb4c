using System.Text.Json.Serialization;

namespace Rekey.Ca.Publish;

/// <summary>What a CA pushes to a publisher. Settable, because generated code gives init-only properties null where the JSON has nothing.</summary>
internal sealed record PublisherPush
{
    /// <summary>Changes may have been missed: nothing kept counts.</summary>
    public bool Restart { get; set; }

    /// <summary>New CRLs.</summary>
    public IReadOnlyList<PushedCrl> Crls { get; set; } = [];

    /// <summary>Certificates whose status changed.</summary>
    public IReadOnlyList<StatusChanged> Changed { get; set; } = [];

    /// <summary>Signed answers: to changes, and to what the publisher wanted.</summary>
    public IReadOnlyList<PushedAnswer> Answers { get; set; } = [];
}

/// <summary>A CRL.</summary>
internal sealed record PushedCrl(string Issuer, byte[] Der);

/// <summary>A signed OCSP answer about one certificate.</summary>
/// <param name="Issuer">Name of the issuer.</param>
/// <param name="CertId">DER CertID that it answers.</param>
/// <param name="Der">OCSPResponse.</param>
internal sealed record PushedAnswer(string Issuer, byte[] CertId, byte[] Der);

/// <summary>A status that somebody asked the publisher for.</summary>
internal sealed record WantedStatus(string Issuer, byte[] CertId);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PublisherPush))]
[JsonSerializable(typeof(IReadOnlyList<WantedStatus>))]
internal sealed partial class PublisherJson : JsonSerializerContext;
