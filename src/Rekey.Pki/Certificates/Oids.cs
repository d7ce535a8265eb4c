namespace Rekey.Pki.Certificates;

/// <summary>Object identifiers of certificates, by the names that RFC 5280 and its neighbours give them.</summary>
public static class Oids
{
    /// <summary>countryName (X.520).</summary>
    public const string CountryName = "2.5.4.6";

    /// <summary>stateOrProvinceName (X.520).</summary>
    public const string StateName = "2.5.4.8";

    /// <summary>localityName (X.520).</summary>
    public const string LocalityName = "2.5.4.7";

    /// <summary>organizationName (X.520).</summary>
    public const string OrganizationName = "2.5.4.10";

    /// <summary>organizationalUnitName (X.520).</summary>
    public const string OrganizationalUnitName = "2.5.4.11";

    /// <summary>commonName (X.520).</summary>
    public const string CommonName = "2.5.4.3";

    /// <summary>serialNumber of a subject (X.520): where the stable subscriber identifier lives.</summary>
    public const string SubjectSerialNumber = "2.5.4.5";

    /// <summary>organizationIdentifier (X.520).</summary>
    public const string OrganizationIdentifier = "2.5.4.97";

    /// <summary>subjectKeyIdentifier (RFC 5280 section 4.2.1.2).</summary>
    public const string SubjectKeyIdentifier = "2.5.29.14";

    /// <summary>keyUsage (RFC 5280 section 4.2.1.3).</summary>
    public const string KeyUsage = "2.5.29.15";

    /// <summary>subjectAltName (RFC 5280 section 4.2.1.6).</summary>
    public const string SubjectAltName = "2.5.29.17";

    /// <summary>basicConstraints (RFC 5280 section 4.2.1.9).</summary>
    public const string BasicConstraints = "2.5.29.19";

    /// <summary>cRLNumber (RFC 5280 section 5.2.3).</summary>
    public const string CrlNumber = "2.5.29.20";

    /// <summary>reasonCode of a CRL entry (RFC 5280 section 5.3.1).</summary>
    public const string CrlReason = "2.5.29.21";

    /// <summary>invalidityDate of a CRL entry (RFC 5280 section 5.3.2).</summary>
    public const string InvalidityDate = "2.5.29.24";

    /// <summary>issuingDistributionPoint (RFC 5280 section 5.2.5).</summary>
    public const string IssuingDistributionPoint = "2.5.29.28";

    /// <summary>nameConstraints (RFC 5280 section 4.2.1.10).</summary>
    public const string NameConstraints = "2.5.29.30";

    /// <summary>cRLDistributionPoints (RFC 5280 section 4.2.1.13).</summary>
    public const string CrlDistributionPoints = "2.5.29.31";

    /// <summary>certificatePolicies (RFC 5280 section 4.2.1.4).</summary>
    public const string CertificatePolicies = "2.5.29.32";

    /// <summary>authorityKeyIdentifier (RFC 5280 section 4.2.1.1).</summary>
    public const string AuthorityKeyIdentifier = "2.5.29.35";

    /// <summary>policyConstraints (RFC 5280 section 4.2.1.11).</summary>
    public const string PolicyConstraints = "2.5.29.36";

    /// <summary>extKeyUsage (RFC 5280 section 4.2.1.12).</summary>
    public const string ExtendedKeyUsage = "2.5.29.37";

    /// <summary>inhibitAnyPolicy (RFC 5280 section 4.2.1.14).</summary>
    public const string InhibitAnyPolicy = "2.5.29.54";

    /// <summary>expiredCertsOnCRL (X.509 section 9.5.2.8).</summary>
    public const string ExpiredCertsOnCrl = "2.5.29.60";

    /// <summary>authorityInfoAccess (RFC 5280 section 4.2.2.1).</summary>
    public const string AuthorityInfoAccess = "1.3.6.1.5.5.7.1.1";

    /// <summary>id-ad-ocsp.</summary>
    public const string AccessOcsp = "1.3.6.1.5.5.7.48.1";

    /// <summary>id-ad-caIssuers.</summary>
    public const string AccessCaIssuers = "1.3.6.1.5.5.7.48.2";

    /// <summary>id-pkix-ocsp-basic (RFC 6960 section 4.2.1).</summary>
    public const string OcspBasic = "1.3.6.1.5.5.7.48.1.1";

    /// <summary>id-pkix-ocsp-nonce (RFC 9654).</summary>
    public const string OcspNonce = "1.3.6.1.5.5.7.48.1.2";

    /// <summary>id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1).</summary>
    public const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";

    /// <summary>id-kp-serverAuth.</summary>
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    /// <summary>id-kp-clientAuth.</summary>
    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>id-kp-emailProtection.</summary>
    public const string EmailProtection = "1.3.6.1.5.5.7.3.4";

    /// <summary>id-kp-OCSPSigning.</summary>
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    /// <summary>id-kp-cmcCA: may answer CMP messages for the CA (RFC 6402 section 2.10, RFC 9480 section 2.2).</summary>
    public const string CmcCa = "1.3.6.1.5.5.7.3.27";

    /// <summary>id-kp-cmcRA: may send nested CMP messages as an RA (RFC 6402 section 2.10, RFC 9480 section 2.2).</summary>
    public const string CmcRa = "1.3.6.1.5.5.7.3.28";

    /// <summary>id-kp-cmKGA: may generate keys for others (RFC 9480 section 2.2).</summary>
    public const string CmKga = "1.3.6.1.5.5.7.3.32";

    /// <summary>SHA-1, only as the name of a hash inside an OCSP CertID.</summary>
    public const string Sha1 = "1.3.14.3.2.26";

    /// <summary>SHA-256.</summary>
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";

    /// <summary>SHA-384.</summary>
    public const string Sha384 = "2.16.840.1.101.3.4.2.2";

    /// <summary>SHA-512.</summary>
    public const string Sha512 = "2.16.840.1.101.3.4.2.3";

    /// <summary>SM3 (GM/T 0006-2012).</summary>
    public const string Sm3 = "1.2.156.10197.1.401";
}
