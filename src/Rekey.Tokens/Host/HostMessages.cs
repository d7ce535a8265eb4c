using System.Text.Json.Serialization;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;

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
[JsonDerivedType(typeof(BeginImportCall), "begin-import")]
[JsonDerivedType(typeof(ImportCall), "import")]
[JsonDerivedType(typeof(DecryptCall), "decrypt")]
[JsonDerivedType(typeof(OpensCall), "opens")]
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

/// <summary>The answer's payload: the transport key.</summary>
internal sealed record BeginImportCall(int Token, byte[] SigningId) : HostCall;

/// <summary>Payload: the envelope.</summary>
internal sealed record ImportCall(int Token, byte[] Id, string Label, KeyEnvelopeForm Form, byte[] Spki) : HostCall;

/// <summary>Payload: the ciphertext; the answer's: the secret.</summary>
internal sealed record DecryptCall(int Token, byte[] Id, SecretAlgorithm Algorithm) : HostCall;

/// <summary>Payload: the secret that opening the ciphertext gives.</summary>
internal sealed record OpensCall(int Token, byte[] Id, string Suite, byte[] Ciphertext) : HostCall;

internal sealed record DeletePairCall(int Token, byte[] Id) : HostCall;

/// <summary>A host's answer: a fault, or the one member that the call asks for. A signature is the frame's payload.</summary>
internal sealed record HostReply
{
    public static readonly HostReply Done = new();

    public HostFault? Fault { get; init; }

    public IReadOnlyList<HostTokenInfo>? Tokens { get; init; }

    public int? Token { get; init; }

    public bool? Opened { get; init; }

    public IReadOnlyList<TokenPair>? Pairs { get; init; }
}

internal sealed record HostFault(TokenFault Fault, string DriverCode, int? TriesLeft);

/// <summary><see cref="TokenInfo"/> with its suites by name.</summary>
internal sealed record HostTokenInfo(
    TokenIdentity Identity, string Label, PinTries Tries, int? TriesLeft, bool WriteProtected, bool PinPad, bool Formatted, long? FreeBytes, IReadOnlyList<string> Generates,
    IReadOnlyList<string> Imports, IReadOnlyList<SecretAlgorithm> Decrypts, PinRules? PinRules, bool PairsAreOfOneKind);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HostCall))]
[JsonSerializable(typeof(HostReply))]
internal sealed partial class HostJson : JsonSerializerContext;
