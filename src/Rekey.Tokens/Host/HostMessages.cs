using System.Text.Json.Serialization;
using Rekey.Pki.Cmp;

namespace Rekey.Tokens.Host;

/// <summary>
/// A call to a module host. Octets that may be secret or large (PIN, data to sign, certificate) are not in here but in the frame's
/// payload, so that both sides can clear them.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "call")]
[JsonDerivedType(typeof(ListTokensCall), "list-tokens")]
[JsonDerivedType(typeof(OpenCall), "open")]
[JsonDerivedType(typeof(CloseCall), "close")]
[JsonDerivedType(typeof(GetInfoCall), "get-info")]
[JsonDerivedType(typeof(ListPairsCall), "list-pairs")]
[JsonDerivedType(typeof(LoginCall), "login")]
[JsonDerivedType(typeof(GenerateCall), "generate")]
[JsonDerivedType(typeof(SignCall), "sign")]
[JsonDerivedType(typeof(WriteCertificateCall), "write-certificate")]
[JsonDerivedType(typeof(ImportEncryptionPairCall), "import-encryption-pair")]
[JsonDerivedType(typeof(DecryptsWithCall), "decrypts-with")]
[JsonDerivedType(typeof(DeletePairCall), "delete-pair")]
internal abstract record HostCall;

internal sealed record ListTokensCall : HostCall;

internal sealed record OpenCall(TokenIdentity Identity) : HostCall;

internal sealed record CloseCall(int Token) : HostCall;

internal sealed record GetInfoCall(int Token) : HostCall;

internal sealed record ListPairsCall(int Token) : HostCall;

/// <summary>Payload: the PIN.</summary>
internal sealed record LoginCall(int Token) : HostCall;

internal sealed record GenerateCall(int Token, byte[] Id, string Label, string Suite) : HostCall;

/// <summary>Payload: the data.</summary>
internal sealed record SignCall(int Token, byte[] Id, string Suite) : HostCall;

/// <summary>Payload: the DER certificate.</summary>
internal sealed record WriteCertificateCall(int Token, byte[] Id, string Label) : HostCall;

/// <summary>Payload: the DER envelope.</summary>
internal sealed record ImportEncryptionPairCall(int Token, byte[] Id, string Label, EnvelopeKind Kind) : HostCall;

internal sealed record DecryptsWithCall(int Token, byte[] Id) : HostCall;

internal sealed record DeletePairCall(int Token, byte[] Id) : HostCall;

/// <summary>A host's answer: a fault, or the one member that the call asks for. A signature is the frame's payload.</summary>
internal sealed record HostReply
{
    public static readonly HostReply Done = new();

    public HostFault? Fault { get; init; }

    public IReadOnlyList<HostTokenInfo>? Tokens { get; init; }

    public int? Token { get; init; }

    public IReadOnlyList<TokenPair>? Pairs { get; init; }

    public bool? Proven { get; init; }
}

internal sealed record HostFault(TokenFault Fault, string DriverCode, int? TriesLeft);

/// <summary><see cref="TokenInfo"/> with its suites by name.</summary>
internal sealed record HostTokenInfo(
    TokenIdentity Identity, string Label, PinTries Tries, int? TriesLeft, bool WriteProtected, bool PinPad, bool Formatted, long? FreeBytes, IReadOnlyList<string> Generates);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HostCall))]
[JsonSerializable(typeof(HostReply))]
internal sealed partial class HostJson : JsonSerializerContext;
