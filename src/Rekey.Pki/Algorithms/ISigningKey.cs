namespace Rekey.Pki.Algorithms;

/// <summary>A private key that signs, wherever it lives: in a file, in an HSM, on a holder's token.</summary>
public interface ISigningKey
{
    /// <summary>The public half.</summary>
    PublicKey PublicKey { get; }

    /// <summary>
    /// Signs <paramref name="data"/> (hashed inside, with the suite's hash).
    /// </summary>
    /// <returns>The signature as X.509 carries it: the integer's octets for RSA, DER <c>SEQUENCE { r, s }</c> for ECDSA and SM2.</returns>
    byte[] Sign(ReadOnlySpan<byte> data);
}
