using Rekey.Pki.Algorithms;

namespace Rekey.Ca.Profiles;

/// <summary>The profile file that a new CA starts with.</summary>
public static class ProfileFile
{
    /// <summary>Its text.</summary>
    /// <param name="zone">The institution's zone, IANA name.</param>
    /// <param name="issuer">Name of the issuing CA.</param>
    /// <param name="publisher">Address of the publisher without a slash at its end, for example <c>http://pki.example</c>.</param>
    /// <param name="issuing">Suite of the issuing CA's key: below SM2 the holders' keys are SM2 as well.</param>
    public static string Default(string zone, string issuer, string publisher, AlgorithmSuite issuing) => $$"""
        # Certificate profiles: how each kind of certificate looks and lives. Read at start and checked whole; an unknown key is an
        # error, so nothing you write here is silently ignored. Try a change with: rekey doctor

        # In this zone days begin and end: the renewal window and the last day of validity.
        zone: {{zone}}

        # Holds for every profile that does not say otherwise.
        defaults:
          issuer: {{issuer}}                 # name of an issuing CA in ca.yaml
          keyTypes: [{{KeyTypes(issuing, "RSA-2048, RSA-3072, P-256, P-384")}}]
          minimumStrengthBits: 112       # NIST SP 800-57; also for the old key that authenticates a renewal
          validity:
            years: 5                     # calendar years; the last day ends at 23:59:59 in the zone
            extendFrom: expiry           # expiry: early renewal loses nothing; issue: counted from today
          window:
            daysBefore: 90               # first day on which the holder can renew, counted back from expiry
            daysAfter: 300               # last day, counted on from expiry
          maxYearsSinceIdentityProof: 10 # then the holder must come to the RA in person
          confirmWaitDays: 7             # a certificate that nobody confirms is held after these days
          revokeUnconfirmedAfterHeldDays: 30
          retire: at-confirm             # when the old pair leaves the key: at-confirm, after-first-login, after N days
          retireEncryption: never        # when the key of an old encryption certificate leaves it, with a later renewal: never, after N days
          whileOldKeyIsNeeded: warn      # a business system still needs that key: warn the holder, or wait if the certificate lives long enough
          implicitConfirm: false         # only ever for first issues; a renewal is always confirmed by its holder
          # authorisedBy: [operator]     # a first certificate needs an authorisation that two holders of such profiles signed
          furtherCertificates: false     # whether a CMP client may get further certificates with one that it has
          subscriberIdentifier: serialNumber # the attribute that stays the same over all renewals
          crlUrls: ["{{publisher}}/crl/{{issuer}}.crl"]
          ocspUrls: ["{{publisher}}/ocsp"]
          caIssuerUrls: ["{{publisher}}/ca/{{issuer}}.cer"]
          policies: []

        profiles:
          # A clerk's signing certificate: login and signatures.
          person-signing:
            # encryptionProfile: person-encryption # renews both as a pair; needs kmcCertificate in ca.yaml
            keyUsage: [digitalSignature, nonRepudiation]
            extendedKeyUsage: [clientAuth, emailProtection]
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: ST }
              - { attribute: L }
              - { attribute: O, required: true }
              - { attribute: OU, several: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }
            subjectExtensions:           # GB/T 20518: identity card, social insurance
              - { oid: 1.2.156.10260.4.1.1, name: identityCard }
              - { oid: 1.2.156.10260.4.1.2, name: socialInsurance }

          # An organisation's signing certificate.
          organisation-signing:
            # encryptionProfile: organisation-encryption # renews both as a pair; needs kmcCertificate in ca.yaml
            keyUsage: [digitalSignature, nonRepudiation]
            extendedKeyUsage: [clientAuth]
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: ST }
              - { attribute: L }
              - { attribute: O, required: true }
              - { attribute: OU, several: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }
            subjectExtensions:           # GB/T 20518: business registration, organisation code, tax number
              - { oid: 1.2.156.10260.4.1.3, name: businessRegistration }
              - { oid: 1.2.156.10260.4.1.4, name: organisationCode }
              - { oid: 1.2.156.10260.4.1.5, name: taxNumber }

          # Who works at the RA logs in with it and signs authorisations. Only administrators let somebody become one.
          operator:
            authorisedBy: [administrator]
            keyUsage: [digitalSignature, nonRepudiation]
            extendedKeyUsage: [clientAuth]
            validity: { years: 2 }
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: ST }
              - { attribute: L }
              - { attribute: O, required: true }
              - { attribute: OU, several: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }

          # The administrators. The first two are authorised by the ceremony: rekey ca first-administrators.
          administrator:
            authorisedBy: [administrator]
            keyUsage: [digitalSignature, nonRepudiation]
            extendedKeyUsage: [clientAuth]
            validity: { years: 2 }
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: ST }
              - { attribute: L }
              - { attribute: O, required: true }
              - { attribute: OU, several: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }

          # The other half of a pair. Its key comes from the key-management centre, which can recover it, so it must sign nothing. Its
          # first kind of key is the one that is made; keys on P-256 have the keyUsage keyAgreement instead.
          person-encryption:
            keyTypes: [{{KeyTypes(issuing, "RSA-2048, RSA-3072, SM2")}}]
            keyUsage: [keyEncipherment, dataEncipherment]
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: ST }
              - { attribute: L }
              - { attribute: O, required: true }
              - { attribute: OU, several: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }

          organisation-encryption:
            keyTypes: [{{KeyTypes(issuing, "RSA-2048, RSA-3072, SM2")}}]
            keyUsage: [keyEncipherment, dataEncipherment]
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: ST }
              - { attribute: L }
              - { attribute: O, required: true }
              - { attribute: OU, several: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }

        """;

    private static string KeyTypes(AlgorithmSuite issuing, string others) => issuing == AlgorithmSuite.Sm2 ? AlgorithmSuite.Sm2.Name : others;
}
