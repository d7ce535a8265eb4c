using Rekey.Pki.Certificates;

namespace Rekey.Pki.Sm2Messages;

/// <summary>Why a message of the SM2 message syntax is refused.</summary>
public enum Sm2MessageFault
{
    /// <summary>Not such a structure, or a part of it is missing, there twice, or of a version that is not known.</summary>
    Malformed,

    /// <summary>A message of another content type, or around content that is not plain data.</summary>
    WrongContentType,

    /// <summary>An algorithm other than SM2, SM3 and SM4-CBC.</summary>
    UnsupportedAlgorithm,

    /// <summary>The message has its content outside, and it was not given.</summary>
    ContentMissing,

    /// <summary>The content is not what was signed.</summary>
    ContentChanged,

    /// <summary>Nobody signed.</summary>
    NotSigned,

    /// <summary>The signer's certificate is not in the message.</summary>
    SignerCertificateMissing,

    /// <summary>A signature is wrong.</summary>
    SignatureWrong,

    /// <summary>The signer's certificate does not chain to a trusted CA, or is not for signatures; <see cref="Sm2MessageException.Chain"/> says more.</summary>
    SignerNotTrusted,

    /// <summary>A recipient's certificate is not for encryption with SM2.</summary>
    NotForEncryption,

    /// <summary>The message is not enveloped for this certificate.</summary>
    NotARecipient,

    /// <summary>The envelope does not open: altered, or made for another key.</summary>
    CannotBeOpened,
}

/// <summary>A message that is refused. Nothing of it may be used.</summary>
public sealed class Sm2MessageException(Sm2MessageFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public Sm2MessageFault Fault { get; } = fault;

    /// <summary>What is wrong with the signer's chain; null for another <see cref="Fault"/>.</summary>
    public ChainFault? Chain { get; init; }
}
